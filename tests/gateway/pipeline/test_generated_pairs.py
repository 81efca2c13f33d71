"""A generated pair, all of which drifts, goes through the whole service under `curate` as the authors' own does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form, Request

from gateway.settings import GatewaySettings
from imgdiff.boxes import iou
from imgdiff.images import RGB, ImageLimits
from imgdiff.jobs import Job, StageName
from imgdiff.objects.places import LocatedBy
from imgdiff.records import Verdict
from imgdiff.stages import Editing
from services.captioning.app import create_app as create_captioning
from services.captioning.settings import CaptioningSettings
from services.detection.app import create_app as create_detection
from services.detection.settings import DetectionSettings
from services.editing.backends.rewriters.embedded import EmbeddedRewriter
from services.editing.engine import EditingEngine
from services.editing.generation.generator import PairGenerator
from services.editing.generation.pairs import GeneratedPair, PlannedPair, derive_seed
from services.editing.operations.photo_editor import PhotoEditor
from services.editing.photo.vision import PhotoVision
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest, ask_for_caption
from services.editing.schema import EditWork, parse_edit
from services.editing.settings import EditingSettings
from services.serving.app import Serving, create_service_app
from tests.drifted_pair import PLACE, drifted_pair

pytestmark = pytest.mark.slow  # real networks look at large pairs, for 35 s; `end_to_end` has a set that does


class OnePair:
    """See `PairMaker`: the same pair for every caption."""

    models = ()
    candidates = 1

    def __init__(self, images: tuple[RGB, RGB]) -> None:
        self._pair = GeneratedPair(*images)

    def accepts(self, work: EditWork) -> bool:
        return work.image is None

    def ask(self, work: EditWork) -> RewriteRequest | None:
        return ask_for_caption(work.request, derive_seed(work.request, "caption"))

    def plan(self, work: EditWork, rewrite: Rewrite, cancelled: Callable[[], bool]) -> PlannedPair[None]:
        captions, nouns = (rewrite.caption1, rewrite.caption2), (rewrite.before, rewrite.after)
        return PlannedPair(captions, nouns, (None,), ({},))

    def make(self, candidates: Sequence[None]) -> list[GeneratedPair]:
        return [self._pair for _ in candidates]

    def warm_up(self) -> list[GeneratedPair]:
        return []


def _create_editing(generator: PairGenerator[None]) -> FastAPI:
    engine = EditingEngine("one pair", "cpu", PhotoEditor(PhotoVision(1)), generator)
    serving = Serving[EditWork, Editing](StageName.EDITING, EditingSettings(), lambda: engine)
    app = create_service_app(serving)

    @app.post("/edit")
    async def edit(http: Request, request: Annotated[str, Form()]) -> Editing:
        return await serving.answer(http, parse_edit(None, [], request, ImageLimits()))

    return app


@pytest.fixture(scope="module")
def generator() -> PairGenerator[None]:
    """One that makes the drifted pair."""
    return PairGenerator(OnePair(drifted_pair()), EmbeddedRewriter())


@pytest.fixture(scope="module")
def urls(
    loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]], generator: PairGenerator[None]
) -> Iterator[dict[str, str]]:
    """The real services on the embedded networks; editing has the generator alone."""
    apps = {
        StageName.EDITING: _create_editing(generator),
        StageName.DETECTION: create_detection(DetectionSettings(threads=1)),
        StageName.CAPTIONING: create_captioning(CaptioningSettings(threads=1)),
    }
    with ExitStack() as stack:
        yield {f"{name}_url": str(stack.enter_context(loopback(app)).base_url) for name, app in apps.items()}


@pytest.fixture
def settings(settings: GatewaySettings, urls: dict[str, str]) -> GatewaySettings:
    """One round, since each makes the same pair."""
    return settings.model_copy(update={**urls, "edit_rounds": 1})


@pytest.fixture
def services() -> dict[str, object]:
    """None in processes of their own."""
    return {}


def synthesise(stage, caption: str, target: str, replacement: str) -> Job:
    """The finished synthesis of one pair under `curate`."""
    job = stage.client.submit_synthesis("replace", caption=caption, target=target, replacement=replacement, seed=1)
    return stage.client.wait(job.id, wait_seconds=300)


def test_a_drifted_pair_is_accepted_where_a_region_shows_an_exchanged_noun(stage) -> None:
    job = synthesise(stage, "A cat beside an astronaut.", "cat", "cup")

    assert job.rejected == ()
    (record,) = job.records
    edit = record.source.edit
    assert edit is not None
    assert record.verdict is Verdict.DIFFERENT
    assert edit.scores.outside_psnr is not None
    assert edit.scores.outside_psnr < 25  # far below what an edited photo needs
    assert edit.scores.found == 1
    assert edit.located_by is LocatedBy.REGIONS
    assert iou(edit.box, PLACE) > 0.7
    assert record.caption is not None
    assert "replaced" in record.caption
    kept = [region for region in record.regions if region.kept and region.box is not None]
    assert max(iou(region.box, PLACE) for region in kept if region.box is not None) > 0.7


def test_the_same_pair_is_rejected_where_it_shows_other_things_than_were_asked_for(stage) -> None:
    job = synthesise(stage, "A bicycle beside an astronaut.", "bicycle", "boat")

    assert job.records == ()
    assert job.rejected
