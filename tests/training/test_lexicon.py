"""WordNet's nouns for visible things are extracted with their hypernyms."""

import gzip
from pathlib import Path

import pytest

from training import lexicon


def _synset(number: str, lemma: str, *hypernyms: str) -> str:
    pointers = " ".join(f"@ {parent} n 0000" for parent in hypernyms)
    return f"{number} 03 n 01 {lemma} 0 {len(hypernyms):03d} {pointers} | a gloss".replace("  ", " ")


def test_visible_nouns_and_their_hypernyms_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synsets = [_synset("00001930", "object"), _synset("00000002", "dog", "00001930"), _synset("00000003", "idea")]
    index = ["dog n 1 1 @ 1 1 00000002", "idea n 1 1 @ 1 1 00000003"]
    (tmp_path / "data.noun").write_text("  a licence\n" + "\n".join(synsets) + "\n")
    (tmp_path / "index.noun").write_text("  a licence\n" + "\n".join(index) + "\n")
    (tmp_path / "cntlist.rev").write_text("dog%2:38:00:: 1 9\ndog%1:05:00:: 1 4\n")
    (tmp_path / "noun.exc").write_text("dogges dog\nideae idea\n")
    output = tmp_path / "nouns.tsv.gz"
    monkeypatch.setattr("sys.argv", ["lexicon", "--wordnet", str(tmp_path), "--output", str(output)])

    lexicon.main()

    lines = gzip.decompress(output.read_bytes()).decode().splitlines()
    assert lines == ["s\t1", "s\t", "l\tdog\t1\t0", "e\tdogges\tdog"]
