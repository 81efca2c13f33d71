"""Exports as a client asks for them and receives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import httpx

from imgdiff.client.calls import Call, to_params, whole
from imgdiff.client.options import RecordFilters
from imgdiff.frozen import Frozen

Chunks = TypeVar("Chunks")
FORMATS = (
    "coco",
    "cvat",
    "data-juicer",
    "fiftyone",
    "imagefolder",
    "internvl",
    "jsonl",
    "label-studio",
    "llava",
    "parquet",
    "records",
    "webdataset",
)
"""Formats that a gateway of this version writes."""


class ExportOptions(RecordFilters, total=False):
    """Options of an export; the gateway's API describes them."""

    images: bool | None
    include_rejected: bool | None
    container: str | None
    through: str | None
    limit: int | None
    sample: int | None
    balance: str | None
    per_group: int | None
    sample_seed: int | None


class ExportPosition(Frozen):
    """Where an export broke off: its address with all options, the tag of its bytes, and the next byte."""

    address: str
    tag: str
    at: int = 0


@dataclass(frozen=True)
class ExportStream(Generic[Chunks]):
    """An export as it arrives. `image_bytes` estimates the size of the whole; 0 where it has no images."""

    position: ExportPosition
    image_bytes: int
    chunks: Chunks

    @classmethod
    def of(cls, response: httpx.Response, resumed: ExportPosition | None, chunks: Chunks) -> Self:
        """The stream of a response, which starts where the resumed one broke off."""
        headers = response.headers
        here = ExportPosition(address=headers.get("Content-Location", ""), tag=headers.get("ETag", ""))
        return cls(resumed or here, int(headers.get("Imgdiff-Image-Bytes", 0)), chunks)


def export_call(name: str, format_: str, options: ExportOptions) -> Call[httpx.Response]:
    """`GET /v1/datasets/{name}/export`; the response is streamed."""
    params = to_params({"format": format_, **options})
    return Call("GET", f"/v1/datasets/{name}/export", whole, params=params, stream=True)


def resume_call(position: ExportPosition) -> Call[httpx.Response]:
    """The rest of an export that broke off; the response is streamed."""
    path, _, query = position.address.partition("?")
    given = httpx.QueryParams(query)
    params: dict[str, str | Sequence[str]] = {name: given.get_list(name) for name in given}
    params["start"] = str(position.at)
    return Call("GET", path, whole, params=params, headers={"If-Match": position.tag}, stream=True)
