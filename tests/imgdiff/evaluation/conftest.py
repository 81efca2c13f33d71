"""A model's server, and small benchmarks in the layouts of the published ones."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Loopback
from tests.imgdiff.evaluation.chat_server import ChatServer, serve


@pytest.fixture
def chat(loopback: Loopback) -> Iterator[ChatServer]:
    """A model's server that answers "(a)"."""
    with serve(loopback) as server:
        yield server


def draw(path: Path, colour: str, size: tuple[int, int] = (8, 6)) -> None:
    """A picture of one colour; the format is the suffix's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def mmvp(tmp_path: Path) -> Path:
    """Two pairs of MMVP: four questions, four images; the first column is spelt as in the published file."""
    folder = tmp_path / "MMVP"
    rows = [["lndex", "Question", "Options", "Correct Answer"]]
    for number, (question, right) in enumerate(
        [("Is the door open?", "a"), ("Is the door open?", "b"), ("Up or down?", "b"), ("Up or down?", "a")], 1
    ):
        rows.append([str(number), question, "(a) Yes (b) No", f"({right})"])
        draw(folder / "MMVP Images" / f"{number}.jpg", "red")
    with (folder / "Questions.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.fixture
def spotted(tmp_path: Path) -> Path:
    """Spot-the-Diff: two people wrote about pair 256, nobody about pair 9."""
    folder = tmp_path / "spot"
    entries = [
        {"img_id": "256", "sentences": ["the red car is gone"]},
        {"img_id": "67", "sentences": ["a man has moved", "the man is nearer"]},
        {"img_id": "256", "sentences": ["a red car has left", ""]},
        {"img_id": "9", "sentences": [""]},
    ]
    (folder / "annotations").mkdir(parents=True)
    (folder / "annotations/test.json").write_text(json.dumps(entries))
    for pair in ("256", "67", "9"):
        draw(folder / "resized_images" / f"{pair}.png", "red")
        draw(folder / "resized_images" / f"{pair}_2.png", "blue", (6, 8))
    return folder


@pytest.fixture
def requested(tmp_path: Path) -> Path:
    """Image-Editing-Request: one pair with three requests."""
    folder = tmp_path / "requests"
    entry = {"img0": "a_1.jpg", "img1": "a_2.png", "sents": ["add fire", "Add a fire.", "put fire in"], "uid": "R_1"}
    draw(folder / "images/a_1.jpg", "red")
    draw(folder / "images/a_2.png", "blue")
    (folder / "test.json").write_text(json.dumps([entry]))
    return folder


@pytest.fixture
def choices(tmp_path: Path) -> Path:
    """Two questions with four options in our own layout."""
    folder = tmp_path / "choices"
    entries = [
        {
            "id": f"q{number}",
            "image1": "one.png",
            "image2": "two.png",
            "options": ["a dog", "a cat", "a cow", "no difference"],
            "answer": number,
            "category": category,
        }
        for number, category in ((0, "texture"), (3, "motion"))
    ]
    draw(folder / "one.png", "red")
    draw(folder / "two.png", "blue")
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, entries)) + "\n")
    return folder
