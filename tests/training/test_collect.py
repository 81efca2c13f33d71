"""Only textured pictures and cut-outs with transparency are listed."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from training import collect


def test_flat_small_and_opaque_images_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, cutouts = tmp_path / "pictures", tmp_path / "cutouts"
    pictures.mkdir()
    cutouts.mkdir()
    Image.fromarray(data.coffee()).save(pictures / "textured.png")
    Image.fromarray(np.full((400, 400, 3), 90, np.uint8)).save(pictures / "flat.png")
    Image.fromarray(data.coffee()[:200, :200]).save(pictures / "small.png")
    Image.fromarray(np.full((150, 150, 4), 90, np.uint8)).save(cutouts / "cutout.png")
    Image.fromarray(np.full((150, 150, 3), 90, np.uint8)).save(cutouts / "opaque.png")
    output = tmp_path / "images.json"
    folders = ["--pictures", str(pictures), "--cutouts", str(cutouts)]
    monkeypatch.setattr("sys.argv", ["collect", *folders, "--output", str(output)])

    collect.main()

    assert json.loads(output.read_text()) == {
        "pictures": [str(pictures / "textured.png")],
        "cutouts": [str(cutouts / "cutout.png")],
    }
