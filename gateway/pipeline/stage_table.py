"""The stages of the pipeline in order: one row holds all that differs between them.

A further service is a name in `imgdiff.jobs.StageName`, its steps in `imgdiff.funnel`, a row here and the functions
that its row names. The funnel derives where a pair enters from the steps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from gateway.settings import GatewaySettings
from gateway.store.scenes.changes import PairChanges, describe_changes, take_looks
from gateway.store.values import JobRequest, Pair
from imgdiff.composition import acceptance
from imgdiff.composition.records import Evidence, compose
from imgdiff.composition.requests import captioning_request, detection_request, editing_request
from imgdiff.frozen import Frozen
from imgdiff.images import ImagePair
from imgdiff.jobs import JobKind, StageName
from imgdiff.records import AssetId, Edit, Reason, Record, RecordImage
from imgdiff.stages import Captioning, CaptioningRequest, Detection, EditedPair, Editing, EditingRequest, StageReport

Files = Sequence[tuple[str, AssetId]]
"""Images of a request: the name of each part and its asset."""
StoreImage = Callable[[bytes], AssetId]


class StoredPair(Frozen):
    """An edited pair whose images are assets; `image1` is null when it is the uploaded photo."""

    image1: AssetId | None
    image2: AssetId
    caption1: str | None
    caption2: str | None
    edit: Edit


class StoredEditing(StageReport):
    """An editing answer with assets in place of images."""

    pair: StoredPair | None = None
    reasons: tuple[Reason, ...] = ()


class StoredCaptioning(Captioning):
    """A captioning answer with how each kept region looks in both images, which tells repeated pairs."""

    looks: tuple[tuple[str, str] | None, ...] = ()


Result = StoredEditing | Detection | StoredCaptioning


@dataclass(frozen=True)
class Images:
    """The images that were sent for a stage, by part name, how two are read as a service does, and those it makes."""

    sent: Mapping[str, bytes]
    read: Callable[[bytes, bytes], ImagePair]
    store: StoreImage


@dataclass(frozen=True)
class StageInput:
    """What a stage works on; `read_result` and `read_image` read from the store when called."""

    job_id: str
    request: JobRequest
    pair: Pair
    read_result: Callable[[StageName], dict[str, object]]
    read_image: Callable[[AssetId], RecordImage]


@dataclass(frozen=True)
class PairUpdate:
    """What follows from a result: the pair, why it is rejected, and after the last stage its record and its changes."""

    pair: Pair
    rejected: tuple[Reason, ...] = ()
    record: Record | None = None
    changes: PairChanges | None = None


def _as_is(answer: Result, _request: BaseModel, _images: Images) -> Result:
    return answer


@dataclass(frozen=True)
class StageSpec:
    """One stage. `store` turns the service's answer into the `result` that is kept."""

    name: StageName
    path: str
    address: Callable[[GatewaySettings], str]
    files: Callable[[StageInput], Files]
    build_request: Callable[[StageInput], BaseModel]
    answer: type[StageReport]
    result: type[Result]
    update_pair: Callable[[StageInput, Any], PairUpdate]
    kinds: frozenset[JobKind] = frozenset(JobKind)
    store: Callable[[Any, Any, Images], Result] = _as_is


def stages_of(kind: JobKind) -> tuple[StageName, ...]:
    """The stages of a kind of job, in order."""
    return tuple(name for name, spec in STAGES.items() if kind in spec.kinds)


def next_stage(kind: JobKind, name: StageName) -> StageName | None:
    """The stage that follows; None after the last one."""
    names = stages_of(kind)
    return dict(pairwise(names)).get(name)


def addresses(settings: GatewaySettings) -> dict[StageName, str]:
    """The base URL of each service."""
    return {name: spec.address(settings).rstrip("/") for name, spec in STAGES.items()}


def _photos(inputs: StageInput) -> Files:
    photo = inputs.request.image
    donors = [("donor", donor.asset) for donor in inputs.request.donors if donor.asset is not None]
    return [*(() if photo is None else [("image", photo)]), *donors]


def _pair_images(inputs: StageInput) -> Files:
    pair = inputs.pair
    return [(name, asset) for name, asset in (("image1", pair.image1), ("image2", pair.image2)) if asset is not None]


def _editing_request(inputs: StageInput) -> EditingRequest:
    request, pair = inputs.request, inputs.pair
    return editing_request(request, pair.index, pair.round, request.donors, drawn=request.drawn_donors)


def _store_editing(editing: Editing, _: BaseModel, images: Images) -> StoredEditing:
    pair = None if editing.pair is None else _store_pair(editing.pair, images.store)
    return StoredEditing.model_validate({**editing.model_dump(exclude={"pair"}), "pair": pair})


def _store_pair(pair: EditedPair, store: StoreImage) -> StoredPair:
    images = {"image1": None if pair.image1 is None else store(pair.image1), "image2": store(pair.image2)}
    return StoredPair.model_validate({**pair.model_dump(exclude={"image1", "image2"}), **images})


def _store_captioning(captioning: Captioning, request: CaptioningRequest, images: Images) -> StoredCaptioning:
    kept = [region.kept for region in captioning.regions]
    looks = take_looks(request.regions, kept, lambda: images.read(images.sent["image1"], images.sent["image2"]))
    return StoredCaptioning.model_validate({**captioning.model_dump(), "looks": looks})


def _update_after_editing(inputs: StageInput, editing: StoredEditing) -> PairUpdate:
    made = editing.pair
    if made is None:
        return PairUpdate(inputs.pair, editing.reasons)
    pair = replace(
        inputs.pair,
        image1=made.image1 or inputs.request.image,
        image2=made.image2,
        caption1=made.caption1,
        caption2=made.caption2,
        edit=made.edit,
    )
    return PairUpdate(pair)


def _update_after_detection(inputs: StageInput, detection: Detection) -> PairUpdate:
    """Measure an edit by what was detected; under `curate` a pair that does not show it is rejected."""
    if inputs.pair.edit is None:
        return PairUpdate(inputs.pair)
    edit = acceptance.measure(inputs.pair.edit, detection)
    return PairUpdate(replace(inputs.pair, edit=edit), acceptance.reject(inputs.request, edit, detection))


def _update_after_captioning(inputs: StageInput, captioning: Captioning) -> PairUpdate:
    """Compose the record. Under `curate` a swapped pair is rejected, and an edited one that does not show its edit."""
    record = compose(inputs.job_id, inputs.request, _evidence(inputs, captioning))
    rejected = acceptance.reject_record(inputs.request, record, captioning)
    if rejected:
        return PairUpdate(inputs.pair, rejected)
    looks = captioning.looks if isinstance(captioning, StoredCaptioning) else ()
    described = describe_changes(record, _detection(inputs).regions, captioning.regions, looks)
    return PairUpdate(inputs.pair, record=record, changes=described)


def _evidence(inputs: StageInput, captioning: Captioning) -> Evidence:
    pair = inputs.pair
    assert pair.image1 is not None  # noqa: S101  narrows a type; a pair has both images before it is captioned
    assert pair.image2 is not None  # noqa: S101
    return Evidence(
        pair=pair,
        image1=inputs.read_image(pair.image1),
        image2=inputs.read_image(pair.image2),
        detection=_detection(inputs),
        captioning=captioning,
        editing=_editing_report(inputs) if inputs.request.kind is JobKind.SYNTHESIS else None,
    )


def _detection(inputs: StageInput) -> Detection:
    return Detection.model_validate(inputs.read_result(StageName.DETECTION))


def _editing_report(inputs: StageInput) -> StageReport:
    done = StoredEditing.model_validate(inputs.read_result(StageName.EDITING))
    return StageReport(models=done.models, parameters=done.parameters, seconds=done.seconds)


_TABLE = (
    StageSpec(
        name=StageName.EDITING,
        kinds=frozenset({JobKind.SYNTHESIS}),
        path="/edit",
        address=lambda settings: settings.editing_url,
        files=_photos,
        build_request=_editing_request,
        answer=Editing,
        result=StoredEditing,
        store=_store_editing,
        update_pair=_update_after_editing,
    ),
    StageSpec(
        name=StageName.DETECTION,
        path="/detect",
        address=lambda settings: settings.detection_url,
        files=_pair_images,
        build_request=lambda inputs: detection_request(inputs.request, inputs.pair),
        answer=Detection,
        result=Detection,
        update_pair=_update_after_detection,
    ),
    StageSpec(
        name=StageName.CAPTIONING,
        path="/caption",
        address=lambda settings: settings.captioning_url,
        files=_pair_images,
        build_request=lambda inputs: captioning_request(inputs.request, inputs.pair, _detection(inputs)),
        answer=Captioning,
        result=StoredCaptioning,
        store=_store_captioning,
        update_pair=_update_after_captioning,
    ),
)
STAGES = {spec.name: spec for spec in _TABLE}
