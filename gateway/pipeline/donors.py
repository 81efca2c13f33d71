"""Photos that new objects are cut from when an order names none: the dataset's own."""

import random

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.requests import JobRequest
from gateway.store.tables import PairRow, RecordRow
from imgdiff.records import Operation

_NEED_ONE = (Operation.REPLACE, Operation.ADD)
_LOOKED_AT = 200  # newest records of the dataset
_MOST = 10


def donated(session: Session, request: JobRequest) -> JobRequest:
    """The request with donors drawn by its seed from the first images of the dataset's records, if it needs any.

    They are drawn once, when the job is written, so that a retry cuts from the same ones.
    """
    fields = request.fields
    if fields is None or fields.operation not in _NEED_ONE or request.image is None or request.donors:
        return request
    photos = sorted(_photos(session, request.options.dataset) - {request.image})
    drawn = random.Random(fields.seed).sample(photos, min(_MOST, len(photos)))  # noqa: S311  a choice, no secret
    return request.model_copy(update={"donors": tuple(drawn), "drawn_donors": True})


def _photos(session: Session, dataset: str) -> set[str]:
    """First images of the newest records, from their pairs: the records themselves hold masks."""
    pair = (PairRow.job_id == RecordRow.job_id) & (PairRow.pair == RecordRow.pair)
    first = select(PairRow.image1).join(RecordRow, pair).where(RecordRow.dataset == dataset)
    found = session.scalars(first.order_by(RecordRow.sequence.desc()).limit(_LOOKED_AT))
    return {asset for asset in found if asset is not None}
