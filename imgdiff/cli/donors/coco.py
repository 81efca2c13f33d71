"""Objects of COCO-format instances: whole, not tiny, with outline, licence and source."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from math import ceil, floor
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from imgdiff.boxes import is_cut_off
from imgdiff.cli.donors.pictures import Picture, Tally
from imgdiff.client.options import DonorArguments
from imgdiff.errors import InvalidRequest, validate
from imgdiff.records import Box

LEAST_AREA = 32 * 32  # pixels; COCO's evaluation calls anything smaller "small"
_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)")
_PUBLIC_DOMAIN = re.compile(r"creativecommons\.org/(?:publicdomain/)?zero/(\d\.\d)")


class _Part(BaseModel):
    """A part of a file of others' making, of which only what is needed is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Image(_Part):
    id: int | str
    file_name: str = Field(max_length=255)  # as long as names may be on common file systems
    width: int
    height: int
    license: int | str | None = None
    coco_url: str | None = None
    flickr_url: str | None = None


class _Annotation(_Part):
    id: int | str
    image_id: int | str
    category_id: int | str
    iscrowd: bool = False
    segmentation: list[list[FiniteFloat]] | dict[str, object] | None = None
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None
    area: float | None = None


class _Category(_Part):
    id: int | str
    name: str
    supercategory: str | None = None


class _Licence(_Part):
    id: int | str
    name: str = ""
    url: str | None = None


class _Instances(_Part):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...]
    licenses: tuple[_Licence, ...] = ()


class CocoFolder:
    """The pictures of one file of instances; images lie anywhere in the folder, never outside of it.

    `licence` is that of images whose entry names none. Raises InvalidRequest where the file is not COCO instances.
    """

    def __init__(self, folder: Path, annotations: Path, licence: str | None) -> None:
        self._folder, self._licence = folder, licence
        self._file = _read(annotations)
        self._licences = {one.id: _name_licence(one) for one in self._file.licenses}
        self._categories = {one.id: one for one in self._file.categories}

    def __len__(self) -> int:
        return len(self._file.images)

    def pictures(self, tally: Tally) -> Iterator[Picture | None]:
        """One entry for each image: the picture with its objects, or None where nothing of it can be used."""
        by_image: defaultdict[int | str, list[_Annotation]] = defaultdict(list)
        for annotation in self._file.annotations:
            by_image[annotation.image_id].append(annotation)
        for image in self._file.images:
            yield self._picture(image, by_image[image.id], tally)

    def _picture(self, image: _Image, annotations: list[_Annotation], tally: Tally) -> Picture | None:
        licence = self._licences.get(image.license) if image.license is not None else None
        paths, licence = self._find(image.file_name), licence or self._licence
        if len(paths) != 1:
            reason = "several image files of the name" if paths else "no image file"
            tally.skip(reason, len(annotations))
        elif licence is None:
            tally.skip("no licence (name it with --licence)", len(annotations))
        else:
            found = [self._object(image, one, licence, tally) for one in annotations]
            objects = tuple(one for one in found if one is not None)
            return Picture(paths[0], objects, (image.width, image.height)) if objects else None
        return None

    def _object(self, image: _Image, one: _Annotation, licence: str, tally: Tally) -> DonorArguments | None:
        category = self._categories.get(one.category_id)
        bbox = one.bbox or _surround(one.segmentation)
        box = None if bbox is None else _to_box(bbox, image)
        reason = _why_unusable(one, category, box, image)
        if reason is not None or category is None:
            tally.skip(reason or "no category")
            return None
        new = DonorArguments(
            label=category.name,
            category=category.supercategory or None,
            source=image.flickr_url or image.coco_url or image.file_name,
            reference=f"annotation {one.id}",
            licence=licence,
        )
        if isinstance(one.segmentation, dict):
            new["mask"] = one.segmentation
        elif one.segmentation:
            new["polygons"] = one.segmentation
        else:
            new["box"] = box
        return new

    def _find(self, name: str) -> list[Path]:
        """The files that may be meant, all inside the folder: whoever wrote the annotations names no others."""
        path = PurePosixPath(name.replace("\\", "/"))
        exact = self._folder / path
        if ".." in path.parts or not exact.is_relative_to(self._folder):
            return []
        return [exact] if exact.is_file() else self._files.get(path.name, [])

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        files: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._folder.rglob("*"):
            if path.is_file():
                files[path.name].append(path)
        return files


def _read(path: Path) -> _Instances:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"{path} is not JSON: {error}") from error
    try:
        return validate(_Instances.model_validate, document)
    except InvalidRequest as error:
        first = error.errors[0]
        raise InvalidRequest(f"{path} is not COCO instances: {first.pointer or '/'}: {first.detail}") from error


def _name_licence(licence: _Licence) -> str | None:
    """Its SPDX identifier where it is of Creative Commons, else its name with its URL."""
    url = (licence.url or "").lower()
    found, free = _CREATIVE_COMMONS.search(url), _PUBLIC_DOMAIN.search(url)
    if found:
        return f"CC-{found[1].upper()}-{found[2]}"
    if free:
        return f"CC0-{free[1]}"
    return " ".join(part for part in (licence.name, licence.url) if part) or None


def _why_unusable(one: _Annotation, category: _Category | None, box: Box | None, image: _Image) -> str | None:
    """Why an object is left out; None where it is whole and large enough."""
    if one.iscrowd:
        return "a crowd"
    if category is None:
        return "no category"
    if box is None and not one.segmentation:
        return "no box and no outline"
    area = one.area if one.area is not None else box and (box[2] - box[0]) * (box[3] - box[1])
    if area is not None and area < LEAST_AREA:
        return "smaller than 32x32 pixels"
    if box is not None and is_cut_off(box, image.width, image.height):
        return "cut off at a border"
    return None


def _surround(outline: list[list[float]] | dict[str, object] | None) -> tuple[float, float, float, float] | None:
    """The bounds (left, top, width, height) of polygons; None of any other outline."""
    if not isinstance(outline, list) or not any(outline):
        return None
    across, down = ([number for one in outline for number in one[first::2]] for first in (0, 1))
    left, top = min(across), min(down, default=0.0)
    return left, top, max(across) - left, max(down, default=0.0) - top


def _to_box(bbox: tuple[float, float, float, float], image: _Image) -> Box | None:
    left, top, width, height = bbox
    x1, y1 = max(0, floor(left)), max(0, floor(top))
    x2, y2 = min(image.width, ceil(left + width)), min(image.height, ceil(top + height))
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
