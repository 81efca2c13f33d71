"""Lists the source images of training pairs: pictures with enough texture, and cut-outs with transparency."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

_SUFFIXES = {".jpg", ".jpeg", ".png"}
_PICTURE = (300, 60_000_000)  # least side in pixels, most pixels
_CUTOUT = (120, 3000)  # least and most side in pixels
_FLAT = 0.9  # share of pixels without a gradient above which a picture has too little texture


def main() -> None:
    """Write the list that `training.change_examples` reads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders")
    parser.add_argument("--cutouts", type=Path, nargs="+", required=True, help="folders")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    pictures = [str(path) for path in _images(arguments.pictures) if _is_picture(path)]
    cutouts = [str(path) for path in _images(arguments.cutouts) if _is_cutout(path)]
    arguments.output.write_text(json.dumps({"pictures": pictures, "cutouts": cutouts}))
    print(f"{len(pictures)} pictures, {len(cutouts)} cut-outs")


def _images(folders: list[Path]) -> list[Path]:
    found = (path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _is_picture(path: Path) -> bool:
    with Image.open(path) as image:
        if min(image.size) < _PICTURE[0] or image.width * image.height > _PICTURE[1]:
            return False
        grey = np.asarray(image.convert("L").resize((320, 240)))
    return float((cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) <= 1).mean()) < _FLAT


def _is_cutout(path: Path) -> bool:
    try:
        image = Image.open(path)
    except Image.DecompressionBombError:
        return False
    with image:
        return image.mode == "RGBA" and min(image.size) >= _CUTOUT[0] and max(image.size) <= _CUTOUT[1]


if __name__ == "__main__":
    main()
