"""Labelling configurations of Label Studio: the one that shows a whole record, and the names that another one uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from imgdiff.errors import InvalidRequest
from imgdiff.records import Change, Verdict

_COLOURS = dict(zip(Change, ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b08900", "#5678e9"), strict=True))
"""After Okabe and Ito's palette for colour-blind readers."""
_LONGEST = 200_000  # characters of a configuration that is read; chosen, not measured


@dataclass(frozen=True)
class ImageNames:
    """The tags of one image; None for what its configuration does not ask for. Labels are by our own words."""

    name: str  # of the tag Image
    key: str  # of the image in a task's data
    rectangles: str | None = None
    rectangle_labels: Mapping[str, str] = field(default_factory=dict)
    brush: str | None = None
    brush_labels: Mapping[str, str] = field(default_factory=dict)
    sentence: str | None = None  # a text for each region


@dataclass(frozen=True)
class Names:
    """The tags of a configuration: those of both images, and those of the pair, each tied to one image."""

    images: tuple[ImageNames, ImageNames]
    verdict: tuple[str, str] | None = None  # the names of the tag and of its image
    verdicts: Mapping[str, str] = field(default_factory=dict)
    caption: tuple[str, str] | None = None


def read_names(config: str) -> Names:
    """The names in a configuration; raises InvalidRequest for one that does not show two images."""
    root = _parse(config)
    images = [tag for tag in root.iter("Image") if tag.get("name") and (tag.get("value") or "").startswith("$")]
    if len(images) != 2:
        detail = f"the labelling configuration shows {len(images)} images from task data; 2 are compared: before, after"
        raise InvalidRequest.at("/label_config", "label_config.images", detail)
    first, second = (_read_image(root, image) for image in images)
    of_either = {first.name, second.name}
    choices = [tag for tag in root.iter("Choices") if tag.get("toName") in of_either and not _is_of_region(tag)]
    verdicts = [(tag, _match_labels(tag.iter("Choice"), Verdict, alone=False)) for tag in choices]
    tag, known = next(((tag, known) for tag, known in verdicts if known), (None, {}))
    captions = [tag for tag in root.iter("TextArea") if tag.get("toName") in of_either and not _is_of_region(tag)]
    return Names((first, second), _ties(tag), known, _ties(next(iter(captions), None)))


def _parse(config: str) -> ElementTree.Element:
    if len(config) > _LONGEST:
        detail = f"the labelling configuration has {len(config)} characters; the limit is {_LONGEST}"
        raise InvalidRequest.at("/label_config", "label_config.too_long", detail)
    if "<!DOCTYPE" in config or "<!ENTITY" in config:
        raise InvalidRequest.at("/label_config", "label_config.entities", "a configuration declares no entities")
    try:
        return ElementTree.fromstring(config)  # noqa: S314  entities are refused above
    except ElementTree.ParseError as error:
        raise InvalidRequest.at("/label_config", "label_config.broken", f"not XML: {error}") from error


def _read_image(root: ElementTree.Element, image: ElementTree.Element) -> ImageNames:
    name = str(image.get("name"))
    rectangles = next((tag for tag in root.iter("RectangleLabels") if tag.get("toName") == name), None)
    brush = next((tag for tag in root.iter("BrushLabels") if tag.get("toName") == name), None)
    texts = (tag for tag in root.iter("TextArea") if tag.get("toName") == name and _is_of_region(tag))
    return ImageNames(
        name,
        str(image.get("value"))[1:],
        *_labels_of(rectangles),
        *_labels_of(brush),
        next((tag.get("name") for tag in texts), None),
    )


def _labels_of(tag: ElementTree.Element | None) -> tuple[str | None, Mapping[str, str]]:
    labels = {} if tag is None else _match_labels(tag.iter("Label"), Change, alone=True)
    return (None, {}) if tag is None or not labels else (tag.get("name"), labels)


def _match_labels(tags: Iterable[ElementTree.Element], ours: Iterable[str], *, alone: bool) -> dict[str, str]:
    """Theirs by ours: `predicted_values` decides, as in Label Studio's own backends, else the same word in any case.

    `alone`: a single label is taken for whatever none is named after, such as one `Change`.
    """
    labels = [tag for tag in tags if tag.get("value")]
    found = {str(tag.get("value")).lower(): str(tag.get("value")) for tag in labels}
    for tag in labels:
        for value in (tag.get("predicted_values") or "").split(","):
            if value.strip():
                found[value.strip().lower()] = str(tag.get("value"))
    known = {str(one): found[one] for one in map(str, ours) if one in found}
    if alone and len(labels) == 1:
        return dict.fromkeys(map(str, ours), str(labels[0].get("value")))
    return known


def _is_of_region(tag: ElementTree.Element) -> bool:
    return (tag.get("perRegion") or "").lower() == "true"


def _ties(tag: ElementTree.Element | None) -> tuple[str, str] | None:
    return None if tag is None else (str(tag.get("name")), str(tag.get("toName")))


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
