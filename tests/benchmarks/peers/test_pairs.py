"""Pairs for the race."""

from pathlib import Path

from PIL import Image

from benchmarks.peers.pairs import plant_pair


def test_only_the_planted_places_differ(tmp_path: Path) -> None:
    pair = plant_pair(tmp_path, seed=3, places=5, differing=4)
    before, after = (Image.open(path) for path in pair.paths)
    boxes = [*pair.boxes[0], *pair.boxes[1]]
    assert len(set(boxes)) == 10
    assert {box for box in boxes if before.crop(box).tobytes() != after.crop(box).tobytes()} == pair.differing
