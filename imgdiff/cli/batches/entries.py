"""Requests of a manifest, and lines that are none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imgdiff.batches.documents import BatchUrl

SIDES = (("image1", "image2"), ("before", "after"), ("A", "B"))
"""Names of the folders, or columns, with the two images of a pair."""
KNOWN_SIDES = ", ".join(" and ".join(names) for names in SIDES)
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_IMAGES = ("image1", "image2", "image", "donor")  # fields of a body that may be a path
_OPTIONS = ("caption1", "caption2", "instruction")


@dataclass(frozen=True)
class Picture:
    """An image that is no file of this machine: its bytes are read when its turn comes; `held` are in memory now.

    `read` raises InvalidRequest where the image has gone or cannot be read; any other error stops the command.
    """

    name: str
    read: Callable[[], bytes] = field(compare=False)
    held: int = 0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Entry:
    """One request: its line in the manifest, the document of a `BatchLine`, and the images that its body lacks."""

    line: int
    document: dict[str, Any]
    images: Mapping[str, Path | Picture] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Bytes of its images that are in memory."""
        return sum(image.held for image in self.images.values() if isinstance(image, Picture))


@dataclass(frozen=True)
class Skipped:
    """A line that is no request, and why."""

    line: int
    reason: str


Locate = Callable[[str], Path | Picture]
"""The image that a line of a manifest names."""


def entry_of_files(locate: Locate, line: int, given: dict[str, Any]) -> Entry:
    """A line of the API, or one with its fields beside each other; images that are text are located."""
    document = given if "body" in given else _nested(given)
    document.setdefault("custom_id", f"line-{line}")
    body = document.get("body")
    if not isinstance(body, dict):
        return Entry(line, document)
    return Entry(line, document, {name: locate(body[name]) for name in _IMAGES if isinstance(body.get(name), str)})


def entry_of_pair(line: int, given: Mapping[str, Any], first: Picture, second: Picture) -> Entry:
    """A pair of pictures; of the fields beside it, what is neither `custom_id` nor a caption is metadata."""
    rest = dict(given)
    custom_id = rest.pop("custom_id")
    options = _options(rest)
    body = {"options": options} if options else {}
    return Entry(line, {"custom_id": custom_id, "body": body}, {"image1": first, "image2": second})


def _nested(given: dict[str, Any]) -> dict[str, Any]:
    rest = dict(given)
    document: dict[str, Any] = {name: rest.pop(name) for name in ("custom_id", "url", "method") if name in rest}
    body: dict[str, Any] = {name: rest.pop(name) for name in _IMAGES if name in rest}
    if document.get("url") == BatchUrl.SYNTHESES:
        options = {name: rest.pop(name) for name in _OPTIONS if name in rest}
        body |= rest
    else:
        options = _options(rest)
    return {**document, "body": {**body, **({"options": options} if options else {})}}


def _options(rest: dict[str, Any]) -> dict[str, Any]:
    """Captions, and all other fields as metadata; those of an object `metadata` stand among them."""
    options = {name: rest.pop(name) for name in _OPTIONS if name in rest}
    if isinstance(own := rest.get("metadata"), dict):
        rest = {**own, **{name: value for name, value in rest.items() if name != "metadata"}}
    return {**options, "metadata": rest} if rest else options
