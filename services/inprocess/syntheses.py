"""Editing, detection and captioning behind one call: photos in, accepted pairs out, as a synthesis over a gateway."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeVar

from imgdiff.composition import acceptance
from imgdiff.composition.assets import asset_id
from imgdiff.composition.requests import editing_request
from imgdiff.errors import ImgdiffError
from imgdiff.images import decode_pixels
from imgdiff.jobs import JobKind
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Edit, Operation, Policy, Reason, Record, RecordImage
from imgdiff.requests.places import check_place
from imgdiff.stages import Captioning, Detection, Editing, StageReport
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.editing.engine import create_engine as create_editing
from services.editing.schema import EditWork, parse_edit
from services.editing.settings import EditingSettings
from services.inprocess.pairs import LIMITS, PairStages, StoredImage, StoredPair, each, run, store

Value = TypeVar("Value")
_NEW_OBJECT = (Operation.REPLACE, Operation.ADD)
_SEEDS = 2**32  # seeds of requests are smaller


class Photo(NamedTuple):
    """A file to edit, and one that a new object is cut from."""

    image: bytes
    donor: bytes | None = None


class MadePair(NamedTuple):
    """The record of an accepted pair, and its images as PNG files."""

    record: Record
    image1: bytes
    image2: bytes


class RejectedPair(NamedTuple):
    """Why no attempt at a pair was accepted."""

    reasons: tuple[Reason, ...]


Outcome = MadePair | RejectedPair | ImgdiffError


@dataclass(frozen=True)
class _Request:
    """The settled request for the pairs of one photo."""

    options: Options
    fields: SynthesisFields
    photo: StoredImage
    donor: StoredImage | None
    kind: JobKind = JobKind.SYNTHESIS

    @property
    def donors(self) -> tuple[DonorObject, ...]:
        """The photo that new objects are cut from, as a whole."""
        return () if self.donor is None else (DonorObject(asset=self.donor.image.asset),)


@dataclass(frozen=True)
class _Facts:
    """What is known of a pair before it is compared."""

    caption1: str | None
    caption2: str | None
    edit: Edit


@dataclass
class _Pair:
    """One pair of a request; `outcome` is null while it has rounds left."""

    request: _Request
    index: int
    round: int = 0
    reasons: dict[Reason, None] = field(default_factory=dict)
    outcome: Outcome | None = None

    def reject(self, reasons: Sequence[Reason]) -> None:
        """Go on to the next round, if there is one and it may help."""
        self.reasons |= dict.fromkeys(reasons)
        self.round += 1
        if self.round == acceptance.ROUNDS or any(acceptance.is_permanent(reason) for reason in reasons):
            self.outcome = RejectedPair(tuple(self.reasons))


class SynthesisEngines:
    """All three engines, loaded and warm; for one thread. Settings that are not given come from the environment.

    Raises ValueError for a backend that is unknown or lacks something, WeightsUnavailable or WeightsCorrupt.
    """

    def __init__(
        self,
        editing: EditingSettings | None = None,
        detection: DetectionSettings | None = None,
        captioning: CaptioningSettings | None = None,
    ) -> None:
        self._of_editing = editing or EditingSettings()
        self._editing = create_editing(self._of_editing)
        self._editing.warm_up()
        self._stages = PairStages(detection or DetectionSettings(), captioning or CaptioningSettings())

    def synthesize(
        self, photos: Sequence[Photo | ImgdiffError], fields: SynthesisFields, options: Options
    ) -> list[list[Outcome]]:
        """For each photo the outcome of each of its `count` pairs; an error in place of a photo is that of all.

        Records are those that a gateway over the same engines and with an empty library composes for the same seed, but
        for ids, job, time, seconds and scene. No dataset holds them, so none is rejected for repeating another. Without
        a seed every photo gets one of its own.
        """
        settled = options.settled(Policy.CURATE)
        requests = each(lambda photo: _settle(photo, fields, settled), photos)
        made: list[list[Outcome]] = []
        for request in requests:
            if isinstance(request, ImgdiffError):
                made.append([request] * fields.count)
            else:
                made.append(self._make([_Pair(request, index) for index in range(fields.count)]))
        return made

    def _make(self, pairs: Sequence[_Pair]) -> list[Outcome]:
        """The pairs of one request, in rounds, as many at once as a batch holds."""
        while waiting := [pair for pair in pairs if pair.outcome is None]:
            for start in range(0, len(waiting), self._stages.size):
                self._attempt(waiting[start : start + self._stages.size])
        return [pair.outcome for pair in pairs if pair.outcome is not None]

    def _attempt(self, pairs: Sequence[_Pair]) -> None:
        """One round of some pairs of a request."""
        request = pairs[0].request
        edited = run(self._editing, each(self._parse, pairs), self._of_editing.max_batch)
        pairs, stored = _sort_out(pairs, each(_store_edit, pairs, edited))
        pairs, judged = _sort_out(pairs, each(partial(_judge, request), stored, self._stages.detect(request, stored)))
        stored, detected = [one.pair for one in judged], [one.detection for one in judged]
        captioned = self._stages.caption(request, stored, detected)
        pairs, made = _sort_out(pairs, each(partial(_finish, request), stored, captioned))
        for pair, one in zip(pairs, made, strict=True):
            pair.outcome = one

    def _parse(self, pair: _Pair) -> EditWork:
        request, donor = pair.request, pair.request.donor
        drawn = donor is None and request.fields.operation in _NEW_OBJECT  # as a gateway that finds none
        text = editing_request(request, pair.index, pair.round, request.donors, drawn=drawn).model_dump_json()
        return parse_edit(request.photo.file, [donor.file] if donor else [], text, self._of_editing.limits)


class _Judged(NamedTuple):
    """A pair whose edit was measured and accepted, with what detection found."""

    pair: StoredPair
    detection: Detection


def _settle(photo: Photo, fields: SynthesisFields, options: Options) -> _Request:
    """Raises InvalidImage or InvalidRequest where the photo cannot be read or does not have the place to edit."""
    image = store(photo.image, "/image")
    donor = None if photo.donor is None else store(photo.donor, "/donor")
    size = image.image.width, image.image.height
    check_place(fields.target_mask, fields.target_box, size, "/target_")
    seed = secrets.randbelow(_SEEDS) if fields.seed is None else fields.seed
    return _Request(options, fields.model_copy(update={"seed": seed}), image, donor)


def _sort_out(
    pairs: Sequence[_Pair], results: Sequence[Value | RejectedPair | ImgdiffError]
) -> tuple[list[_Pair], list[Value]]:
    """The pairs that go on, with their results; the others have ended or wait for another round."""
    going: list[_Pair] = []
    values: list[Value] = []
    for pair, one in zip(pairs, results, strict=True):
        if isinstance(one, ImgdiffError):
            pair.outcome = one
        elif isinstance(one, RejectedPair):
            pair.reject(one.reasons)
        else:
            going.append(pair)
            values.append(one)
    return going, values


def _store_edit(pair: _Pair, editing: Editing) -> StoredPair | RejectedPair:
    made, photo = editing.pair, pair.request.photo
    if made is None:
        return RejectedPair(editing.reasons)
    image1 = photo if made.image1 is None else _store_made(made.image1)
    report = StageReport(models=editing.models, parameters=editing.parameters, seconds=editing.seconds)
    return StoredPair(image1, _store_made(made.image2), _Facts(made.caption1, made.caption2, made.edit), report)


def _store_made(png: bytes) -> StoredImage:
    height, width = decode_pixels(png, "/image", LIMITS).shape[:2]
    return StoredImage(png, RecordImage(asset=asset_id(png), width=width, height=height))


def _judge(request: _Request, pair: StoredPair, detection: Detection) -> _Judged | RejectedPair:
    assert pair.facts.edit is not None  # noqa: S101  narrows a type; every pair here was edited
    edit = acceptance.measure(pair.facts.edit, detection)
    reasons = acceptance.reject(request, edit, detection)
    facts = _Facts(pair.facts.caption1, pair.facts.caption2, edit)
    return RejectedPair(reasons) if reasons else _Judged(pair._replace(facts=facts), detection)


def _finish(request: _Request, pair: StoredPair, done: tuple[Record, Captioning]) -> MadePair | RejectedPair:
    record, captioning = done
    reasons = acceptance.reject_record(request, record, captioning)
    return RejectedPair(reasons) if reasons else MadePair(record, pair.image1.file, pair.image2.file)
