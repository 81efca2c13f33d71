"""The manifest's facts, and the public functions over the real cache."""

import pytest
from pydantic import ValidationError

from imgdiff import weights
from imgdiff.errors import NotFound, WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.manifest import HubSource, Manifest, manifest

PERMISSIVE = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause"}


def test_every_entry_has_a_permissive_licence_and_its_source():
    for entry in manifest().weights:
        assert set(entry.licence.spdx.split(" AND ")) <= PERMISSIVE, entry.name
        assert len(entry.licence.note) > 20, entry.name


def test_an_unconverted_file_has_its_members_digest():
    plain = [entry for entry in manifest().weights if entry.conversion == "none"]

    assert plain
    for entry in plain:
        source = entry.source
        assert entry.sha256 == (source.sha256 if isinstance(source, HubSource) else source.member_sha256)


def test_two_entries_of_one_name_are_refused():
    twice = manifest().weights[:1] * 2

    with pytest.raises(ValidationError, match="two weight files with the same name"):
        Manifest.model_validate({"weights": [entry.model_dump() for entry in twice]})


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFound, match="vits14-int8"):
        weights.locate("clip")


def test_every_file_is_in_the_cache_and_right():
    assert [status.name for status in weights.status() if status.present] == [w.name for w in manifest().weights]
    for status in weights.status():
        path = weights.ModelSettings().models_dir / manifest().named(status.name).file
        assert weights.verify(status.name) == path


def test_use_names_version_digest_and_licence_for_provenance():
    (use,) = weights.use("detection", "lpips-alex")

    entry = manifest().named("lpips-alex")
    assert (use.stage, use.version, use.sha256) == ("detection", "0.1.0", entry.sha256)
    assert use.licence == "BSD-2-Clause AND BSD-3-Clause"


def test_a_damaged_file_is_named_with_both_digests_and_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("IMGDIFF_MODELS_DIR", str(tmp_path))
    damaged = tmp_path / "coco_labels.txt"
    damaged.write_text("person\n")

    with pytest.raises(WeightsCorrupt, match=r"coco_labels\.txt .*expected f8803ef.*, got .*imgdiff models fetch"):
        weights.locate("coco-labels")

    assert not damaged.exists()


def test_verify_never_fetches(tmp_path, monkeypatch):
    monkeypatch.setenv("IMGDIFF_MODELS_DIR", str(tmp_path))

    with pytest.raises(WeightsUnavailable, match=r"coco_labels\.txt"):
        weights.verify("coco-labels")

    assert not any(status.present for status in weights.status())
