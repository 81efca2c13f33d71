"""A record as a prediction of Label Studio, in the names of a labelling configuration.

Boxes are in percent of their image. A kept region is a rectangle in each image that shows it, the two linked by a
relation. What the configuration does not ask for is left out.
"""

from collections.abc import Iterator
from typing import Any

from imgdiff import __version__
from imgdiff.integrations.labelstudio.brush import encode_brush
from imgdiff.integrations.labelstudio.config import ImageNames, Names
from imgdiff.records import Record
from imgdiff.views.sides import Place, View, views_of

MODEL_VERSION = f"imgdiff {__version__}"


def write_prediction(record: Record, names: Names) -> dict[str, Any]:
    """The prediction; its score is the confidence in the verdict where there is one."""
    prediction: dict[str, Any] = {"model_version": MODEL_VERSION, "result": list(_results(record, names))}
    if record.confidence is not None:
        prediction["score"] = record.confidence
    return prediction


def _results(record: Record, names: Names) -> Iterator[dict[str, Any]]:
    if names.verdict is not None and record.verdict in names.verdicts:
        yield _answer("verdict", names.verdict, "choices", names.verdicts[record.verdict])
    if names.caption is not None and record.caption:
        yield _answer("caption", names.caption, "textarea", record.caption)
    drawn: list[set[int]] = []
    for number, (view, tags) in enumerate(zip(views_of(record), names.images, strict=True), start=1):
        shown = [place for place in view.kept if place.region.change in tags.rectangle_labels]
        drawn.append({place.index for place in shown})
        for place in view.kept:
            yield from _describe(view, number, place, tags)
    for index in sorted(drawn[0] & drawn[1]):
        yield {"type": "relation", "from_id": f"r{index}-1", "to_id": f"r{index}-2", "direction": "right"}


def _answer(own: str, names: tuple[str, str], kind: str, value: str) -> dict[str, Any]:
    """An answer about the pair; Label Studio wants each of them tied to one image."""
    key = "text" if kind == "textarea" else kind
    return {"id": own, "from_name": names[0], "to_name": names[1], "type": kind, "value": {key: [value]}}


def _describe(view: View, number: int, place: Place, tags: ImageNames) -> Iterator[dict[str, Any]]:
    """The rectangle, its sentence and its mask."""
    width, height = view.image.width, view.image.height
    common = {"to_name": tags.name, "original_width": width, "original_height": height, "image_rotation": 0}
    x1, y1 = place.box[:2]
    wide, high = place.size
    box = {
        "x": 100 * x1 / width,
        "y": 100 * y1 / height,
        "width": 100 * wide / width,
        "height": 100 * high / height,
        "rotation": 0,
    }
    region, own = place.region, f"r{place.index}-{number}"
    if region.change in tags.rectangle_labels:
        rectangle = {
            "id": own,
            "from_name": tags.rectangles,
            "type": "rectanglelabels",
            **common,
            "value": {**box, "rectanglelabels": [tags.rectangle_labels[region.change]]},
            "meta": {"text": [text for text in (place.label, place.caption, place.text) if text]},
        }
        yield rectangle if region.confidence is None else {**rectangle, "score": region.confidence}
        if region.caption and tags.sentence is not None:
            text = {**box, "text": [region.caption]}
            yield {"id": own, "from_name": tags.sentence, "type": "textarea", **common, "value": text}
    if place.mask is not None and region.change in tags.brush_labels:
        brush = {"format": "rle", "rle": encode_brush(place.mask), "brushlabels": [tags.brush_labels[region.change]]}
        yield {"id": f"{own}-mask", "from_name": tags.brush, "type": "brushlabels", **common, "value": brush}
