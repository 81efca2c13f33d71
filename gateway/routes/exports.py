"""A dataset as the files that trainers and data platforms load, streamed."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import iterate_in_threadpool
from fastapi.responses import Response, StreamingResponse

from gateway.exports.catalogue import EXPORTERS, find_exporter
from gateway.exports.companions.adding import add_companions
from gateway.exports.containers import MEDIA_TYPES, Container
from gateway.exports.files import Piece
from gateway.exports.pinning import Pin, read_pin, write_pin
from gateway.exports.protocol import Exporter
from gateway.exports.source import Source
from gateway.exports.stream import gather, settle
from gateway.funnel.counting import count_rejections
from gateway.http.deps import AppState, DatasetKey, StateDep
from gateway.http.problems import error_responses
from gateway.http.protocol.conditions import IfMatch, matches_strongly
from gateway.http.streams import ClosingResponse
from gateway.routes.record_filter import read_filter
from gateway.sampling.balance import BalanceBy, Sample
from gateway.sampling.choosing import choose_records, read_sample
from gateway.store import datasets, records
from gateway.store.counts import images
from gateway.store.finding.filters import NOT_REJECTED, RecordFilter
from gateway.store.retention import marks, versions
from gateway.store.retention.extents import Extent
from gateway.store.reviews import pinned
from imgdiff.errors import InvalidRequest, NotFound, PreconditionFailed

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

_TOO_MANY = 2**53  # integers up to here survive every JSON reader
_ROW = '{"image1": "images/1a2b.png", "image2": "images/3c4d.png", "caption": "The red cup is gone."}\n'
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@dataclass(frozen=True)
class _Wanted:
    """What the query asks for.

    `pin` is what an earlier export had; None for the records of now or of the version.
    """

    exporter: Exporter
    container: Container | None
    images: bool | None
    condition: RecordFilter
    version: str | None
    pin: Pin | None
    limit: int | None
    sample: Sample | None


async def _read_sample(
    balance: Annotated[
        BalanceBy | None,
        Query(description="Choose as many records of each kind of change, label, or pair of names of a replacement."),
    ] = None,
    sample: Annotated[
        int | None, Query(ge=1, lt=_TOO_MANY, description="Records in the sample, chosen at random.")
    ] = None,
    per_group: Annotated[
        int | None, Query(ge=1, lt=_TOO_MANY, description="Most records of each group of `balance`.")
    ] = None,
    sample_seed: Annotated[
        int, Query(gt=-_TOO_MANY, lt=_TOO_MANY, description="Another seed chooses other records.")
    ] = 0,
) -> Sample | None:
    return read_sample(balance, sample, per_group, sample_seed)


async def _read_reviewed(
    condition: Annotated[RecordFilter, Depends(read_filter)],
    include_rejected: Annotated[
        bool, Query(description="Also records that reviewers rejected, which are left out unless `review` names them.")
    ] = False,
) -> RecordFilter:
    return condition if include_rejected or condition.reviews else replace(condition, reviews=NOT_REJECTED)


async def _read_query(  # noqa: PLR0913  one parameter a query parameter
    *,
    export_format: Annotated[
        str,
        Query(
            alias="format", description=f"One of: {', '.join(EXPORTERS)}.", json_schema_extra={"enum": list(EXPORTERS)}
        ),
    ] = "jsonl",
    container: Annotated[Container | None, Query(description="How several files travel; `tar` by default.")] = None,
    images: Annotated[
        bool | None, Query(description="Whether the images are in the export; by default where the format needs them.")
    ] = None,
    condition: Annotated[RecordFilter, Depends(_read_reviewed)],
    version: Annotated[str | None, Query(description="The records of this frozen version.")] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, lt=_TOO_MANY, description="At most so many records, the oldest that meet the conditions."),
    ] = None,
    through: Annotated[
        str | None, Query(description="From the `Content-Location` of an earlier export: its records again.")
    ] = None,
    sample: Annotated[Sample | None, Depends(_read_sample)],
) -> _Wanted:
    pin = None if through is None else read_pin(through)
    if version is not None and pin is not None:
        raise InvalidRequest.at("/query/through", "with_version", "a version names its records; leave `through` out")
    wanted = find_exporter(export_format), container, images, condition, version, pin
    return _Wanted(*wanted, limit, sample)


@router.get(
    "/{name}/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The export. `Content-Location` is the address of the same bytes later; "
            "`Imgdiff-Image-Bytes` estimates the size.",
            "content": {
                "application/jsonl": {"schema": {"type": "string"}, "example": _ROW},
                **dict.fromkeys(MEDIA_TYPES.values(), _BINARY),
            },
        },
        **error_responses(NotFound, PreconditionFailed),
    },
)
def export_dataset(
    key: DatasetKey,
    request: Request,
    state: StateDep,
    wanted: Annotated[_Wanted, Depends(_read_query)],
    if_match: IfMatch,
    start: Annotated[
        int, Query(ge=0, lt=_TOO_MANY, description="Byte to start from, where an earlier download broke off.")
    ] = 0,
) -> Response:
    """Stream a dataset in a format: the records of now, of a `version`, or of an earlier export with its `through`.

    An archive also has a dataset card (`README.md`), `croissant.json`, `licences.json`, `funnel.json`,
    `statistics.json` and a sample of ten records: `sample.jsonl`, and `sample.html` where there are images.

    A download that broke off goes on with `start` at the address in `Content-Location`, and `If-Match` with the `ETag`
    makes sure that the bytes are the same. An archive that fails half-way ends without its end mark; the last file of
    a tar archive is then `.imgdiff-error.json`. One that breaks off inside a file has it when it goes on there.

    With `sample` or `balance` a sample is exported: the same records for the same seed, each in its own split. A record
    of several groups counts for the rarest, and one of none is left out. Small groups give all they have, and larger
    ones what is missing.
    """
    source, size = _read_source(state, key, wanted)
    export = settle(wanted.exporter, source, wanted.container, wanted.images, add_companions)
    if not matches_strongly(if_match, export.tag):
        raise PreconditionFailed("the export has changed since then; start it again")
    address = request.url.remove_query_params("start")
    if wanted.version is None:
        pin = write_pin(source.extent.through, source.extent.reviewed, source.rejections)
        address = address.include_query_params(through=pin)
    headers = {
        "Content-Disposition": f'attachment; filename="{export.filename}"',
        "Content-Location": f"{quote(address.path)}?{address.query}",
        "ETag": export.tag,
        "Imgdiff-Image-Bytes": str(size if export.images else 0),
    }
    return ClosingResponse(_send(export.read(start)), media_type=export.media_type, headers=headers)


async def _send(pieces: Iterator[Piece]) -> AsyncIterator[Piece]:
    groups = gather(pieces)
    try:
        async for group in iterate_in_threadpool(groups):
            for piece in group:
                yield piece
    finally:
        groups.close()


def _read_source(state: AppState, key: str, wanted: _Wanted) -> tuple[Source, int]:
    """What to export, and the size of its images in bytes; raises NotFound."""
    with state.database.reading() as session:
        mark = marks.read(session, key, wanted.version)
        if wanted.version is None:
            dataset, newest = datasets.describe(session, key), records.newest(session, key)
            pin = wanted.pin or Pin(newest, pinned.newest(session, key), count_rejections(session, key))
            last, reviewed, rejections = min(newest, pin.through), pin.reviewed, pin.rejections
            size = images.image_bytes(session, key, last)
        else:
            frozen = versions.contents(session, key, wanted.version)
            dataset, last, size, rejections = frozen.dataset, frozen.through, frozen.image_bytes, frozen.rejections
            reviewed = frozen.reviewed
        if wanted.limit is not None and dataset.records:
            size = min(size, size * wanted.limit // dataset.records)
        chosen = (
            None if wanted.sample is None else choose_records(session, wanted.condition, last, reviewed, wanted.sample)
        )
    if chosen is not None:
        size = min(size, size * len(chosen) // max(dataset.records, 1))
    extent = Extent(mark, wanted.condition, last, reviewed, chosen)
    rest = dataset, extent, wanted.limit, None, wanted.sample, rejections
    return Source(state.database, state.assets, state.settings.made_limits, *rest), size
