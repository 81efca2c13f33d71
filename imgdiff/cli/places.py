"""A target's place on the command line: a box as numbers, a mask as a file."""

import json
from pathlib import Path

import typer

from imgdiff.objects import run_lengths
from imgdiff.objects.places import Box, Mask

_BOX, _MASK = "--target-box", "--target-mask"


def parse_box(text: str | None) -> Box | None:
    """A box from `X1,Y1,X2,Y2`; anything else is a usage error."""
    if text is None:
        return None
    try:
        x1, y1, x2, y2 = (int(number) for number in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not X1,Y1,X2,Y2 in whole pixels", param_hint=_BOX) from error
    return x1, y1, x2, y2


def read_mask(path: Path | None) -> Mask | dict[str, object] | None:
    """The mask in a file: JSON with COCO run lengths, or with an annotation that holds them, or a picture of it."""
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror or error}", param_hint=_MASK) from error
    return _from_json(path, content) if content.lstrip()[:1] == b"{" else _from_picture(path)


def _from_json(path: Path, content: bytes) -> dict[str, object]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{path} is no JSON: {error}", param_hint=_MASK) from error
    mask = document.get("segmentation", document)
    if not isinstance(mask, dict):
        detail = f"{path} holds polygons; a mask is COCO run lengths, {{'size': [height, width], 'counts': ...}}"
        raise typer.BadParameter(detail, param_hint=_MASK)
    return mask


def _from_picture(path: Path) -> Mask:
    """A picture that is white where the object is, or of one with transparency opaque there."""
    try:
        from PIL import Image  # noqa: PLC0415  not in the base install
    except ImportError as error:
        detail = f"{path}: a picture needs Pillow (pip install pillow); JSON with COCO run lengths does not"
        raise typer.BadParameter(detail, param_hint=_MASK) from error
    try:
        with Image.open(path) as image:
            alpha = image.getchannel("A") if "A" in image.getbands() else None
            grey = image.convert("L") if alpha is None or alpha.getextrema() == (255, 255) else alpha
            columns = grey.transpose(Image.Transpose.TRANSPOSE).point([0] * 128 + [1] * 128).tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise typer.BadParameter(f"{path} is neither a JSON object nor a picture: {error}", param_hint=_MASK) from error
    return Mask(size=(grey.height, grey.width), counts=run_lengths.compress(run_lengths.measure(columns)))
