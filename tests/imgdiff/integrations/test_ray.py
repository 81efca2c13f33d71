"""Actors of Ray Data add what a gateway finds, in columns of fixed types, and survive pairs that fail."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.ray import ComparePairs
from tests.imgdiff.conftest import RECORD_ID, SmallGateway

ROOT = Path(__file__).parents[3]
IMAGE = b"\x89PNG a file"


def test_a_batch_keeps_its_columns_and_gets_those_of_the_records(gateway: SmallGateway) -> None:
    batch = pa.table({"name": ["a", "b"], "before": [IMAGE, b"not an image"], "after": [IMAGE, IMAGE]})
    compare = ComparePairs("before", "after", url=gateway.url)
    found = compare(batch)
    failures = compare(batch.slice(1))

    assert found.select(batch.column_names) == batch
    assert found["diff_record"].to_pylist() == [RECORD_ID, None]
    assert found["diff_problem"].to_pylist() == [None, "invalid-image"]
    assert failures.schema == found.schema == pa.schema([*batch.schema, *arrow_schema("diff_", "ray")])


def test_what_is_no_table_of_these_columns_is_refused(nobody: str) -> None:
    compare = ComparePairs("before", "after", url=nobody)

    with pytest.raises(TypeError, match="a batch is a dict; call map_batches with batch_format='pyarrow'"):
        compare({"before": np.zeros(1)})
    with pytest.raises(ValueError, match="no column 'before'"):
        compare(pa.table({"first": [IMAGE]}))
    with pytest.raises(ValueError, match="has a column 'diff_caption' already"):
        compare(pa.table({"before": [IMAGE], "after": [IMAGE], "diff_caption": ["a"]}))


@pytest.mark.slow
@pytest.mark.timeout(900)  # Ray starts a dozen processes
def test_the_example_runs_on_a_local_ray(gateway: SmallGateway, tmp_path: Path) -> None:
    before, after = ROOT / "examples/before.jpg", ROOT / "examples/after.jpg"
    rows = "".join(f"{before},{after}\n" for _ in range(40))
    (tmp_path / "pairs.csv").write_text(f"image1,image2\n{rows}{before},{tmp_path}/absent.jpg\n")
    _run(ROOT / "examples/integrations/ray_data.py", gateway.url, tmp_path)
    found = pq.read_table(tmp_path / "answers")

    assert sorted(found["diff_problem"].to_pylist(), key=str) == [*[None] * 40, "invalid-image"]
    assert {body.count(before.read_bytes()) for body in gateway.bodies if b"image1" in body} == {1}
    assert found.schema.field("diff_regions").type == arrow_schema("diff_", "ray").field("diff_regions").type


@pytest.mark.slow
@pytest.mark.timeout(900)  # Ray starts a dozen processes
def test_tensors_are_compared_on_a_local_ray(gateway: SmallGateway, tmp_path: Path) -> None:
    (tmp_path / "tensors.py").write_text(
        "import os, ray, numpy as np\n"
        "from imgdiff.integrations.ray import ComparePairs\n"
        "images = [np.zeros((4, 5 + row, 3), np.uint8) for row in range(3)]\n"
        "rows = [{'before': image, 'after': image} for image in images]\n"
        "found = ray.data.from_items(rows, override_num_blocks=1).map_batches(\n"
        "    ComparePairs, fn_constructor_args=('before', 'after'), batch_format='pyarrow', batch_size=2,\n"
        "    fn_constructor_kwargs={'url': os.environ['IMGDIFF_URL'], 'prefix': ''}, num_cpus=0.5,\n"
        "    compute=ray.data.ActorPoolStrategy(size=1)).take_all()\n"
        "assert [row['problem'] for row in found] == [None] * 3, found\n"
        "assert [row['before'].shape for row in found] == [(4, 5, 3), (4, 6, 3), (4, 7, 3)]\n"
    )
    _run(tmp_path / "tensors.py", gateway.url, tmp_path)

    assert len(gateway.jobs) == 3


def _run(program: Path, url: str, folder: Path) -> None:
    """Run a program on a Ray of its own, which ends with it."""
    environment = os.environ | {"IMGDIFF_URL": url, "RAY_USAGE_STATS_ENABLED": "0"}
    ended = subprocess.run(
        [sys.executable, program, "pairs.csv", "answers"],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
