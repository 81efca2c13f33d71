"""Engines in one process give the records that a whole set gives, over HTTP, from the same files."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from imgdiff.client import Client
from imgdiff.errors import InvalidImage, InvalidRequest
from imgdiff.options import Options
from imgdiff.records import Record
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.inprocess.engines import PairEngines
from services.inprocess.ray import ComparePairs, SynthesizePairs

ROOT = Path(__file__).parents[2]
PHOTO = (ROOT / "examples/photo.jpg").read_bytes()
BEFORE, AFTER = (ROOT / "examples/before.jpg").read_bytes(), (ROOT / "examples/after.jpg").read_bytes()


@pytest.fixture(scope="module")
def engines() -> PairEngines:
    return PairEngines(DetectionSettings(max_batch=2), CaptioningSettings(max_batch=1))  # fewer than pairs


def _compare_only(record: Record) -> str:
    """The record as JSON without its ids, times and seconds, and the scene that a store finds for it."""
    document: dict[str, Any] = record.model_dump(mode="json", exclude={"id", "job", "created_at", "scene"})
    document["provenance"]["seconds"] = sorted(document["provenance"]["seconds"])
    return json.dumps(document)


def _deep(image: bytes) -> bytes:
    """The image in a narrow part of 16 bits of grey."""
    grey = np.asarray(Image.open(io.BytesIO(image)).convert("L")).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(grey * 40 + 3000).save(out, "PNG")
    return out.getvalue()


@pytest.mark.slow  # four pairs twice, for 25 s; an actor below compares one, and syntheses
def test_records_are_those_of_a_gateway_byte_for_byte(served, engines: PairEngines) -> None:
    pairs = [
        (BEFORE, AFTER),
        (AFTER, AFTER),
        (_deep(BEFORE), _deep(AFTER)),
        (BEFORE, (ROOT / "examples/photo.jpg").read_bytes()),
    ]
    options = {"caption1": "a table", "metadata": {"a": 1}, "dataset": "inprocess", "policy": "curate"}
    records = engines.describe(pairs, Options.model_validate(options))
    with Client(served.url) as client:
        expected = [client.compare(*pair, **options) for pair in pairs]

    assert [_compare_only(record) for record in records] == [_compare_only(record) for record in expected]
    assert [record.verdict for record in expected[:2]] == ["different", "same"]
    assert len({record.job for record in records} | {record.id for record in records}) == 8


def test_a_pair_that_fails_costs_its_own_record(engines: PairEngines) -> None:
    refused = InvalidImage.at("/image1", "image.missing", "the cell holds no image")
    record, broken, kept = engines.describe([(BEFORE, AFTER), (BEFORE, b"text"), refused], Options())

    assert isinstance(record, Record)
    assert isinstance(broken, InvalidImage)
    assert [(item.pointer, item.code) for item in broken.errors] == [("/image2", "image.unknown_format")]
    assert kept is refused
    assert engines.describe([], Options()) == []


def test_an_actor_adds_the_columns_that_a_gateway_adds(served) -> None:
    batch = pa.table({"before": [BEFORE, BEFORE], "after": [AFTER, None]})
    found = ComparePairs("before", "after", prefix="", max_regions=1)(batch)
    with Client(served.url) as client:
        expected = client.compare(BEFORE, AFTER, max_regions=1)

    assert found["problem"].to_pylist() == [None, "invalid-image"]
    assert _compare_only(Record.model_validate_json(found["document"][0].as_py())) == _compare_only(expected)
    with pytest.raises(ValueError, match="unknown backend 'nonsense'"):
        ComparePairs(detection={"backend": "nonsense"})
    with pytest.raises(InvalidRequest, match="max_regions"):
        ComparePairs(max_regions=0)


@pytest.fixture(scope="module")
def actor() -> SynthesizePairs:
    return SynthesizePairs("remove", prefix="", count=3, seed=7, policy="describe", editing={"max_batch": 2})


def test_syntheses_are_those_of_a_gateway_byte_for_byte(served, actor: SynthesizePairs) -> None:
    found = actor(pa.table({"image": [PHOTO], "name": ["mine"]}))
    with Client(served.url) as client:
        job = client.synthesize("remove", PHOTO, count=3, seed=7, policy="describe", dataset="inprocess-syntheses")
        images = [[client.asset(side.asset) for side in (one.image1, one.image2)] for one in job.records]
    records = [Record.model_validate_json(text) for text in found["document"].to_pylist() if text is not None]
    expected = [one.model_copy(update={"dataset": "default"}) for one in job.records]
    rows = zip(found["problem"].to_pylist(), found["reasons"].to_pylist(), strict=True)
    reasons = [codes for problem, codes in rows if problem == "rejected"]

    assert expected
    assert [_compare_only(record) for record in records] == [_compare_only(record) for record in expected]
    made = [pair for pair in zip(found["image1"].to_pylist(), found["image2"].to_pylist(), strict=True) if all(pair)]
    assert [list(pair) for pair in made] == images
    assert sorted(reasons) == sorted([reason.code for reason in one.reasons] for one in job.rejected)
    assert (found["name"].to_pylist(), found["index"].to_pylist()) == (["mine"] * 3, [0, 1, 2])
    assert [one for one in found["problem"].to_pylist() if one] == ["rejected"] * len(job.rejected)


def test_a_photo_that_cannot_be_read_costs_its_own_rows(actor: SynthesizePairs) -> None:
    found = actor(pa.table({"image": pa.array([b"text", None], pa.binary())}))

    assert found["problem"].to_pylist() == ["invalid-image"] * 6
    assert found["image2"].null_count == 6
    with pytest.raises(ValueError, match="the table has no column 'image'"):
        actor(pa.table({"photo": [PHOTO]}))
    with pytest.raises(ValueError, match="has a column 'index' already"):
        actor(pa.table({"image": [PHOTO], "index": [1]}))
    with pytest.raises(InvalidRequest, match="count"):
        SynthesizePairs("remove", count=0)


@pytest.mark.slow
@pytest.mark.timeout(900)  # Ray starts a dozen processes
def test_the_example_makes_pairs_in_actors_of_a_local_ray(tmp_path: Path) -> None:
    photo = ROOT / "examples/photo.jpg"
    (tmp_path / "photos.csv").write_text(f"image\n{photo}\n{tmp_path}/absent.jpg\n")
    program = ROOT / "examples/integrations/ray_syntheses.py"
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, program, "photos.csv", "pairs", "0"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found = pq.read_table(tmp_path / "pairs")
    same = SynthesizePairs("remove", prefix="diff_", count=2, seed=7)(pa.table({"image": [PHOTO]}))

    def documents(table: pa.Table) -> set[str]:
        return {_compare_only(Record.model_validate_json(text)) for text in table["diff_document"].to_pylist() if text}

    assert documents(found) == documents(same)
    assert found["diff_problem"].to_pylist().count("invalid-image") == 2


@pytest.mark.slow
@pytest.mark.timeout(900)  # Ray starts a dozen processes
def test_the_example_runs_engines_in_actors_of_a_local_ray(engines: PairEngines, tmp_path: Path) -> None:
    before, after = ROOT / "examples/before.jpg", ROOT / "examples/after.jpg"
    rows = "".join(f"{before},{after}\n" for _ in range(3))
    (tmp_path / "pairs.csv").write_text(f"image1,image2\n{rows}{before},{tmp_path}/absent.jpg\n")
    program = ROOT / "examples/integrations/ray_engines.py"
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, program, "pairs.csv", "answers", "0"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found = pq.read_table(tmp_path / "answers")
    (expected,) = engines.describe([(BEFORE, AFTER)], Options())

    assert sorted(found["diff_problem"].to_pylist(), key=str) == [*[None] * 3, "invalid-image"]
    documents = [text for text in found["diff_document"].to_pylist() if text is not None]
    assert isinstance(expected, Record)
    assert {_compare_only(Record.model_validate_json(text)) for text in documents} == {_compare_only(expected)}
