"""`label-studio`: a task a pair, with imgdiff's answer as its prediction, and the labelling configuration that fits.

Boxes are in percent of their image. A kept region is a rectangle in each image that shows it, the two linked by a
relation; rejected ones are in the task's data alone, so that reviewers do not have to delete them.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from gateway.exports.brush import encode_brush
from gateway.exports.files import ExportFile, SpooledList
from gateway.exports.sides import Place, View, views_of
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff import __version__
from imgdiff.records import Change, Record, Verdict

_ELSEWHERE = {"image1", "image2", "regions"}  # of a record: other keys of the task hold them
_ADDRESS = "/data/local-files/?d="  # Label Studio's, followed by a path below LOCAL_FILES_DOCUMENT_ROOT
_COLOURS = dict(zip(Change, ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b08900", "#5678e9"), strict=True))
"""After Okabe and Ito's palette for colour-blind readers."""


class LabelStudioExporter:
    """See `Exporter`. With the export's folder as LOCAL_FILES_DOCUMENT_ROOT the addresses of the images hold."""

    name: ClassVar[str] = "label-studio"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "tasks.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        yield ExportFile.of_text("label_config.xml", write_config())
        with SpooledList(self.main) as tasks:
            for record in source.records():
                tasks.append(write_task(record))
            yield tasks.finish()
        if images:
            yield from source.shown_files()


def write_task(record: Record) -> dict[str, Any]:
    """A task: `data` has the record without its kept regions, which are the prediction."""
    document = record.model_dump(mode="json", exclude=_ELSEWHERE)
    regions = record.model_dump(mode="json", include={"regions"})["regions"]
    data = {
        "image1": _ADDRESS + image_path(record.image1),
        "image2": _ADDRESS + image_path(record.image2),
        "asset1": record.image1.asset,
        "asset2": record.image2.asset,
        **document,
        "caption": record.caption or "",
        "split": split_of(record),
        "rejected": [region for region in regions if not region["kept"]],
    }
    prediction: dict[str, Any] = {"model_version": f"imgdiff {__version__}", "result": list(_results(record))}
    if record.confidence is not None:
        prediction["score"] = record.confidence
    return {"data": data, "predictions": [prediction]}


def _results(record: Record) -> Iterator[dict[str, Any]]:
    yield _answer("verdict", "choices", [record.verdict])
    if record.caption:
        yield _answer("caption", "textarea", [record.caption])
    before, after = views_of(record)
    for view, number in ((before, 1), (after, 2)):
        for place in view.kept:
            yield from _describe(view, number, place)
    for index in sorted({place.index for place in before.kept} & {place.index for place in after.kept}):
        yield {"type": "relation", "from_id": f"r{index}-1", "to_id": f"r{index}-2", "direction": "right"}


def _answer(name: str, kind: str, values: list[str]) -> dict[str, Any]:
    """An answer about the pair; Label Studio wants each of them tied to one image."""
    key = "text" if kind == "textarea" else kind
    return {"id": name, "from_name": name, "to_name": "image1", "type": kind, "value": {key: values}}


def _describe(view: View, number: int, place: Place) -> Iterator[dict[str, Any]]:
    """The rectangle, its sentence and its mask."""
    width, height = view.image.width, view.image.height
    common = {"to_name": f"image{number}", "original_width": width, "original_height": height, "image_rotation": 0}
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
    rectangle = {
        "id": own,
        "from_name": f"regions{number}",
        "type": "rectanglelabels",
        **common,
        "value": {**box, "rectanglelabels": [region.change]},
        "meta": {"text": [text for text in (place.label, place.caption, place.text) if text]},
    }
    yield rectangle if region.confidence is None else {**rectangle, "score": region.confidence}
    if region.caption:
        text = {**box, "text": [region.caption]}
        yield {"id": own, "from_name": f"sentence{number}", "type": "textarea", **common, "value": text}
    if place.mask is not None:
        brush = {"format": "rle", "rle": encode_brush(place.mask), "brushlabels": [region.change]}
        yield {"id": f"{own}-mask", "from_name": f"masks{number}", "type": "brushlabels", **common, "value": brush}


def write_config() -> str:
    """The labelling configuration: both images side by side, each with boxes, masks and sentences; verdict, caption."""
    verdicts = "\n".join(f'    <Choice value="{verdict}"/>' for verdict in Verdict)
    return f"""<View>
  <Relations><Relation value="same region"/></Relations>
  <View style="display: flex; gap: 16px">
{_column(1, "Before")}
{_column(2, "After")}
  </View>
  <Header value="Verdict"/>
  <Choices name="verdict" toName="image1" choice="single">
{verdicts}
  </Choices>
  <Header value="Caption"/>
  <TextArea name="caption" toName="image1" rows="3" maxSubmissions="1" editable="true"/>
</View>
"""


def _column(number: int, title: str) -> str:
    labels = "\n".join(f'        <Label value="{change}" background="{hue}"/>' for change, hue in _COLOURS.items())
    image = f"image{number}"
    return f"""    <View style="flex: 1">
      <Header value="{title}"/>
      <Image name="{image}" value="${image}" zoomControl="true"/>
      <RectangleLabels name="regions{number}" toName="{image}">
{labels}
      </RectangleLabels>
      <BrushLabels name="masks{number}" toName="{image}">
{labels}
      </BrushLabels>
      <TextArea name="sentence{number}" toName="{image}" perRegion="true" editable="true" placeholder="What changed"/>
    </View>"""
