"""Data-Juicer's own executors load the operator from its folder and run the example, in an environment of their own."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from benchmarks.peers.peer import REQUIREMENTS
from tests.gateway.exports.environments import make_environment
from tests.imgdiff.conftest import RECORD_ID, SmallGateway
from tests.wheel import PIP, ROOT, build_wheel

EXAMPLE = ROOT / "examples/integrations/data_juicer.yaml"
LACKING = ("httpx-sse", "pydantic-settings", "python-dotenv")  # what imgdiff needs and Data-Juicer does not bring


@pytest.mark.slow  # an environment of its own, of 2 GB
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("executor", ["", "executor_type: ray\nray_address: local\n"], ids=["default", "ray"])
def test_the_executor_adds_texts_to_every_sample(gateway: SmallGateway, tmp_path: Path, executor: str) -> None:
    python = make_environment("data-juicer", *REQUIREMENTS)
    install = [*PIP, "--python", python, "install", "--no-deps", "--target", tmp_path / "packages"]
    subprocess.run([*install, build_wheel(tmp_path), *LACKING], check=True)
    images = [str(ROOT / "examples" / name) for name in ("before.jpg", "after.jpg")]
    pairs = [[images[0], str(tmp_path / "absent.jpg")], images[:1], images * 2, images]
    lines = [json.dumps({"text": "<__dj__image>" * len(pair), "images": pair}) for pair in pairs]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines))
    recipe = EXAMPLE.read_text().replace("http://127.0.0.1:8000", gateway.url)
    (tmp_path / "recipe.yaml").write_text(executor + recipe.replace("[imgdiff/", f"[{tmp_path}/packages/imgdiff/"))
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path / "packages"),
        "HOME": str(tmp_path),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    command = [python.parent / "dj-process", "--config", "recipe.yaml"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    samples = [json.loads(line) for line in _answers(tmp_path).read_text().splitlines()]

    assert [sample["images"] for sample in samples] == pairs
    assert [sample["diff_problem"] for sample in samples] == [*["invalid-image"] * 3, ""]
    assert [sample["diff_record"] for sample in samples] == ["", "", "", RECORD_ID]
    assert samples[1]["diff_problem_detail"] == "/image2: the cell holds no image"
    assert json.loads(samples[3]["diff_regions"])[0]["box"] == [10, 20, 110, 220]
    assert json.loads(samples[3]["diff_document"])["id"] == RECORD_ID
    assert all(isinstance(sample[f"diff_{name}"], str) for sample in samples for name in ("caption", "verdict"))


def _answers(folder: Path) -> Path:
    """A file, or on Ray a folder with one file."""
    answers = folder / "answers.jsonl"
    return next(answers.iterdir()) if answers.is_dir() else answers
