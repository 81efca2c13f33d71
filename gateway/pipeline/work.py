"""What each stage is asked: the request to its service, put together from the job's rows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.pipeline.service_calls import ServiceCall
from gateway.store.objects import AssetStore
from gateway.store.requests import JobRequest
from gateway.store.stages import Attempt
from gateway.store.tables import JobRow, PairRow, StageRow
from imgdiff.jobs import StageName
from imgdiff.records import Policy
from imgdiff.stages import CaptioningRequest, Detection, DetectionRequest, EditingRequest


def prepare(session: Session, assets: AssetStore, attempt: Attempt) -> ServiceCall:
    """The call for an attempt; raises NotFound when an asset is lost and ServiceUnavailable when the store is away."""
    job = session.scalars(select(JobRow).where(JobRow.id == attempt.job_id)).one()
    request = JobRequest.model_validate(job.request)
    match attempt.name:
        case StageName.EDITING:
            return ServiceCall(attempt.name, _bytes(assets, _photos(request)), _editing(request, attempt))
        case StageName.DETECTION:
            pair = pair_of(session, attempt.job_id, attempt.pair)
            return ServiceCall(attempt.name, _bytes(assets, _images(pair)), _detection(request))
        case StageName.CAPTIONING:
            pair = pair_of(session, attempt.job_id, attempt.pair)
            found = result_of(session, attempt.job_id, attempt.pair, StageName.DETECTION, attempt.round)
            detection = Detection.model_validate(found)
            return ServiceCall(attempt.name, _bytes(assets, _images(pair)), _captioning(request, pair, detection))


def pair_of(session: Session, job_id: str, pair: int) -> PairRow:
    """The row of a pair."""
    return session.scalars(select(PairRow).where(PairRow.job_id == job_id, PairRow.pair == pair)).one()


def result_of(session: Session, job_id: str, pair: int, name: StageName, number: int) -> dict[str, object]:
    """What a finished stage gave in that round."""
    where = (StageRow.job_id == job_id, StageRow.pair == pair, StageRow.name == name.value, StageRow.round == number)
    return session.scalars(select(StageRow).where(*where)).one().result or {}


def _images(pair: PairRow) -> list[tuple[str, str]]:
    return [(name, asset) for name, asset in (("image1", pair.image1), ("image2", pair.image2)) if asset is not None]


def _photos(request: JobRequest) -> list[tuple[str, str]]:
    photo = [] if request.image is None else [("image", request.image)]
    return photo + [("donor", asset) for asset in request.donors]


def _bytes(assets: AssetStore, named: list[tuple[str, str]]) -> list[tuple[str, bytes]]:
    return [(name, assets.get(asset)) for name, asset in named]


def _editing(request: JobRequest, attempt: Attempt) -> EditingRequest:
    asked = {} if request.fields is None else request.fields.model_dump()
    turn = {"index": attempt.pair, "round": attempt.round, "drawn_donors": request.drawn_donors}
    return EditingRequest.model_validate({**asked, **turn, "thresholds": request.options.thresholds})


def _detection(request: JobRequest) -> DetectionRequest:
    asked = request.options
    return DetectionRequest(
        policy=asked.policy or Policy.DESCRIBE,
        align=asked.align,
        max_regions=asked.max_regions or 1,
        thresholds=asked.thresholds,
        keep_rejected=asked.keep_rejected,
    )


def _captioning(request: JobRequest, pair: PairRow, detection: Detection) -> CaptioningRequest:
    asked = request.options
    return CaptioningRequest(
        policy=asked.policy or Policy.DESCRIBE,
        alignment=detection.alignment,
        verdict=detection.verdict,
        regions=detection.regions,
        caption1=pair.caption1,
        caption2=pair.caption2,
        thresholds=asked.thresholds,
        language=asked.language,
    )
