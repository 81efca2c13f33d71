"""Read what a stage works on from the store."""

from functools import cache

from gateway.pipeline.stage_table import StageInput
from gateway.store import assets
from gateway.store.database import Session
from gateway.store.jobs import pairs, stages
from gateway.store.values import Attempt, JobRequest, Stage
from imgdiff.errors import NotFound
from imgdiff.jobs import StageName
from imgdiff.records import AssetId, RecordImage


def read_input(session: Session, request: JobRequest, stage: Stage | Attempt) -> StageInput:
    """The input of a stage; valid while the session is open."""
    job_id, pair = stage.job_id, stage.pair

    @cache
    def read_result(name: StageName) -> dict[str, object]:
        return stages.result(session, job_id, pair, name, stage.round)

    def read_image(asset_id: AssetId) -> RecordImage:
        asset = assets.find(session, asset_id)
        if asset is None:
            raise NotFound(f"there is no asset {asset_id!r}")
        return RecordImage(asset=asset.id, width=asset.width, height=asset.height)

    return StageInput(job_id, request, pairs.get(session, job_id, pair), read_result, read_image)
