"""Extracts `services/english/tables/nouns.tsv.gz` from WordNet 3.0: nouns for visible things and their hypernyms.

`python -m training.lexicon --wordnet /usr/share/wordnet` (Debian's `wordnet-base`). Tab-separated lines of three
kinds: `s` the hypernyms of a synset, by number; `l` lemma, whether it is more often another part of speech (0 or 1),
synsets by falling frequency; `e` irregular plural and its singular. Fellbaum (ed.), "WordNet", 1998.
"""

import argparse
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

_PHYSICAL = "00001930"
_PROCESS = "00029677"  # physical, but without a place
_VISIBLE = {  # not physical entities in WordNet, yet visible
    *("07942152", "08182379", "07994331", "07990956"),  # people, crowd, herd, flock
    *("08431437", "07963087", "07961480", "07959943"),  # row, stack, pile, bunch
    *(
        "06793231",
        "07272084",
        "06874185",
        "06828818",
        "06387980",
        "06362953",
    ),  # sign, logo, traffic light, letter, text
}
_SENSES = 3  # of a lemma, by frequency
_PARTS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}


def main() -> None:
    """Write the file and print its size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--output", type=Path, default=Path("services/english/tables/nouns.tsv.gz"))
    arguments = parser.parse_args()
    lines = list(_lines(arguments.wordnet))
    with arguments.output.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write("\n".join(lines).encode())
    print(f"{len(lines)} lines, {arguments.output.stat().st_size} bytes")


def _lines(folder: Path) -> Iterator[str]:
    parents = _parents(folder)
    seen = _below(parents, {_PHYSICAL}) - _below(parents, {_PROCESS}) | _below(parents, _VISIBLE)
    uses = _uses(folder)
    lemmas = {lemma: senses for lemma, senses in _senses(folder) if any(one in seen for one in senses)}
    wanted = {sense for senses in lemmas.values() for sense in senses if sense in seen}
    wanted |= {one for sense in wanted for one in _above(parents, sense) if one in seen}
    number = {synset: index for index, synset in enumerate(sorted(wanted))}
    for synset in number:
        yield "s\t" + " ".join(str(number[one]) for one in parents[synset] if one in number)
    for lemma, senses in sorted(lemmas.items()):
        here = " ".join(str(number[one]) if one in number else "-" for one in senses)
        yield f"l\t{lemma.replace('_', ' ')}\t{int(_is_rather_no_noun(uses[lemma]))}\t{here}"
    for line in (folder / "noun.exc").read_text().splitlines():
        plural, singular = line.split()[:2]
        if singular in lemmas:
            yield f"e\t{plural.replace('_', ' ')}\t{singular.replace('_', ' ')}"


def _parents(folder: Path) -> dict[str, list[str]]:
    parents = {}
    for line in (folder / "data.noun").read_text().splitlines():
        if line.startswith(" "):  # the licence
            continue
        words = line.partition("|")[0].split()
        pointers = words[4 + 2 * int(words[3], 16) :]
        at = range(1, len(pointers) - 3, 4)
        if not any(pointers[index] == "@i" for index in at):  # named persons and places are left out
            parents[words[0]] = [pointers[index + 1] for index in at if pointers[index] == "@"]
    return parents


def _below(parents: dict[str, list[str]], tops: set[str]) -> set[str]:
    return {synset for synset in parents if tops & {synset, *_above(parents, synset)}}


def _above(parents: dict[str, list[str]], synset: str) -> set[str]:
    found: set[str] = set()
    waiting = list(parents.get(synset, []))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents.get(one, [])
    return found


def _senses(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Lemmas written in letters, with their most frequent senses."""
    for line in (folder / "index.noun").read_text().splitlines():
        words = line.split()
        if not line.startswith(" ") and words[0].replace("_", "").replace("-", "").isalpha():
            yield words[0], words[-int(words[2]) :][:_SENSES]


def _uses(folder: Path) -> dict[str, Counter[str]]:
    """How often each lemma occurs as each part of speech in WordNet's tagged texts."""
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    for line in (folder / "cntlist.rev").read_text().splitlines():
        key, _, count = line.split()
        lemma, _, rest = key.partition("%")
        uses[lemma][_PARTS[rest[0]]] += int(count)
    return uses


def _is_rather_no_noun(count: Counter[str]) -> bool:
    return max((count[part] for part in "var"), default=0) > count["n"]


if __name__ == "__main__":
    main()
