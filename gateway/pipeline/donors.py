"""Donor photos for a synthesis that names none: photos of its own dataset."""

import random

from gateway.store import pairs
from gateway.store.database import Session
from gateway.store.values import JobRequest
from imgdiff.objects.donors import DonorObject
from imgdiff.records import Operation

_NEEDS_DONOR = (Operation.REPLACE, Operation.ADD)
_CANDIDATES = 200  # newest records of the dataset; chosen, not measured
_MAX_DONORS = 10  # files sent to editing; chosen, not measured


def draw_donors(session: Session, request: JobRequest) -> JobRequest:
    """The request with donors drawn by its seed from the first images of the dataset's records, if it needs any.

    They are drawn when the job is submitted, so that every retry uses the same ones.
    """
    fields = request.fields
    if fields is None or fields.operation not in _NEEDS_DONOR or request.image is None or request.donors:
        return request
    photos = sorted(pairs.newest_photos(session, request.options.dataset, _CANDIDATES) - {request.image})
    drawn = random.Random(fields.seed).sample(photos, min(_MAX_DONORS, len(photos)))  # noqa: S311  not a secret
    donors = tuple(DonorObject(asset=photo) for photo in drawn)
    return request.model_copy(update={"donors": donors, "drawn_donors": True})
