"""Donors of a synthesis that names none: objects of the library, and photos of its own dataset.

They are drawn by the seed when the job is submitted, and kept with it, so that every retry uses the same ones.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable
from math import exp, log
from operator import itemgetter

from gateway.store import assets
from gateway.store.database import Session
from gateway.store.jobs import pairs
from gateway.store.library import donors
from gateway.store.library.donors import Candidate, DonorFilter
from gateway.store.tenants import dataset_key
from gateway.store.values import JobRequest
from imgdiff.boxes import area
from imgdiff.objects.donors import DonorObject
from imgdiff.objects.labels import label_key
from imgdiff.options import DonorsFrom, SynthesisFields
from imgdiff.records import AssetId, Box, Operation
from imgdiff.requests.places import mask_area, mask_bounds

_NEEDS_DONOR = (Operation.REPLACE, Operation.ADD)
# All chosen, not measured.
_CANDIDATES = 200  # newest records of the dataset, donors of the library
_MOST_PHOTOS = 10  # files sent to editing
_LEAST_OBJECTS, _MOST_OBJECTS = 6, 12  # of the library, sent to editing: one for each pair that is asked for
_MOST_OF_ANY_LABEL = 24  # the same where any label may do: editing looks only at those that belong into the photo
_ENOUGH_OBJECTS = 3  # of the library, with which no photo is searched
_MOST_OF_A_LABEL = 2  # where any label may do
_LARGEST_SCALE = 1.5  # of a pasted object; beyond it its pixels look soft, as editing's limit has it
_LIGHT_DIFFERENCE = 15.0  # of mean lightness, which divides the weight by e, as in editing
_SOFT_WEIGHT, _HIDDEN_WEIGHT = 0.05, 0.2  # of an object that is too small, of one that something hides in part


def draw_donors(session: Session, request: JobRequest) -> JobRequest:
    """The request with donors, if it needs any and names none; never the photo that is edited."""
    fields, photo = request.fields, request.image
    if fields is None or fields.operation not in _NEEDS_DONOR or photo is None:
        return request
    if request.donors or request.drawn_donors:
        return request
    drawn: list[DonorObject] = []
    if fields.donors_from is not DonorsFrom.DATASET:
        drawn += _draw_objects(session, fields, photo, request.tenant)
    if fields.donors_from is not DonorsFrom.LIBRARY and len(drawn) < _ENOUGH_OBJECTS and not fields.donor_licences:
        drawn += _draw_photos(session, request, photo)
    return request.model_copy(update={"donors": tuple(drawn), "drawn_donors": True})


def _draw_photos(session: Session, request: JobRequest, photo: AssetId) -> list[DonorObject]:
    """Photos of the dataset, as a whole; their licence is not known."""
    dataset = dataset_key(request.tenant, request.options.dataset)
    photos = sorted(pairs.newest_photos(session, dataset, _CANDIDATES) - {photo})
    seed = None if request.fields is None else request.fields.seed
    drawn = random.Random(seed).sample(photos, min(_MOST_PHOTOS, len(photos)))  # noqa: S311  not a secret
    return [DonorObject(asset=one) for one in drawn]


def _draw_objects(session: Session, fields: SynthesisFields, photo: AssetId, tenant: str) -> list[DonorObject]:
    """Objects of the tenant's library, the better one fits the likelier it is drawn (Efraimidis and Spirakis, 2006)."""
    replaced = fields.target if fields.operation is Operation.REPLACE and fields.replacement is None else None
    within = set() if replaced is None else donors.categories(session, replaced, tenant)
    found = _find(session, fields, photo, replaced, within, tenant)
    if within and len(found) < _ENOUGH_OBJECTS:  # the category has little else: editing chooses among all
        within = set()
        found = _find(session, fields, photo, replaced, within, tenant)
    return choose(found, fields, assets.lightness(session, photo), any_label=not within)


def choose(
    found: Iterable[Candidate], fields: SynthesisFields, light: float | None, *, any_label: bool
) -> list[DonorObject]:
    """Those candidates that are sent to editing; `light` is the mean lightness of the photo, if that is known.

    Without a replacement no label crowds out the others.
    """
    place, drawing = _target(fields), random.Random(f"{fields.seed} library")  # noqa: S311  not a secret
    order = sorted(found, key=lambda one: (drawing.expovariate(_weigh(one, light, place)), one.donor.id))
    most = min(_MOST_OBJECTS, max(_LEAST_OBJECTS, fields.count))
    if fields.replacement is None:
        order = _mix(order, fill_up=fields.operation is Operation.ADD)
        most = _MOST_OF_ANY_LABEL if any_label else most
    return [one.donor.as_object() for one in order[:most]]


def _find(
    session: Session, fields: SynthesisFields, photo: AssetId, replaced: str | None, within: set[str], tenant: str
) -> list[Candidate]:
    """Whole objects of the label that is asked for; else of the replaced object's categories, if any are known."""
    start = f"don_{hashlib.sha256(str(fields.seed).encode()).hexdigest()[:32]}"
    condition = DonorFilter(label=fields.replacement, licences=fields.donor_licences, cut_off=False, tenant=tenant)
    return donors.candidates(
        session, condition, not_of=photo, within=within, without=replaced, start=start, limit=_CANDIDATES
    )


def _target(fields: SynthesisFields) -> tuple[int, Box] | None:
    """Pixels and box of the object to replace, where the client marked it."""
    if fields.target_mask is not None:
        return mask_area(fields.target_mask), mask_bounds(fields.target_mask)
    return None if fields.target_box is None else (area(fields.target_box), fields.target_box)


def _weigh(candidate: Candidate, light: float | None, target: tuple[int, Box] | None) -> float:
    """How well a donor fits in light, size and shape, as far as these are known."""
    donor, weight = candidate.donor, 1.0
    if light is not None and candidate.lightness is not None:
        weight *= exp(-abs(light - candidate.lightness) / _LIGHT_DIFFERENCE)
    if donor.view.occluded:
        weight *= _HIDDEN_WEIGHT
    if target is not None:
        pixels, box = target
        weight *= _SOFT_WEIGHT if (pixels / donor.pixels) ** 0.5 > _LARGEST_SCALE else 1.0
        weight *= exp(-abs(log(donor.view.aspect * (box[3] - box[1]) / (box[2] - box[0]))))
    return max(weight, 1e-9)


def _mix(candidates: Iterable[Candidate], *, fill_up: bool) -> list[Candidate]:
    """The candidates without more of a label than there is room for; these follow in turns where others may be missing.

    Editing takes only what belongs into the photo, which nobody knows before.
    """
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Candidate]] = []
    for candidate in candidates:
        key = label_key(candidate.donor.label)
        seen[key] += 1
        ranked.append((max(0, seen[key] - _MOST_OF_A_LABEL), candidate))
    ranked.sort(key=itemgetter(0))
    return [candidate for beyond, candidate in ranked if fill_up or not beyond]
