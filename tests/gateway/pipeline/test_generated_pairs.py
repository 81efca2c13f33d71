"""A generated pair, all of which drifts, goes through the embedded networks under `curate` as the authors' own does."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gateway.pipeline.stage_table import STAGES, PairUpdate, StageInput
from gateway.store.values import JobRequest, Pair
from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.jobs import JobKind, StageName
from imgdiff.objects.places import LocatedBy
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation, Policy, RecordImage, Verdict
from imgdiff.stages import EditingRequest
from services.captioning.backends.embedded import EmbeddedCaptioner
from services.captioning.schema import CaptionWork
from services.detection.backends import create_engine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.editing.generation.generator import PairGenerator
from services.editing.generation.pairs import GeneratedPair, PlannedPair
from services.editing.rewriting.rewrite import RewriteRequest
from services.editing.schema import EditWork
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.drifted_pair import HEIGHT, PLACE, WIDTH, drifted_pair

ASSETS = [f"sha256:{number:064x}" for number in range(2)]


@pytest.fixture(scope="module")
def pair() -> tuple[RGB, RGB]:
    return drifted_pair()


class OnePair:
    """See `PairMaker`: always the same pair, with the captions that it is given."""

    models = ()
    candidates = 1

    def __init__(self, images: tuple[RGB, RGB], nouns: tuple[str, str]) -> None:
        self._images, self._nouns = images, nouns

    def accepts(self, work: EditWork) -> bool:
        return True

    def ask(self, work: EditWork) -> None:
        return None

    def plan(self, work: EditWork, rewrite: object, cancelled: Callable[[], bool]) -> PlannedPair[None]:
        captions = tuple(f"A {noun} beside an astronaut." for noun in self._nouns)
        return PlannedPair((captions[0], captions[1]), self._nouns, (None,), ({},))

    def make(self, candidates: Sequence[None]) -> list[GeneratedPair]:
        return [GeneratedPair(*self._images) for _ in candidates]

    def warm_up(self) -> list[GeneratedPair]:
        return []


class NoRewriter:
    """See `Rewriter`; nothing is asked of it."""

    models = ()

    def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Any]:
        assert not requests
        return []


@pytest.fixture(scope="module")
def engines() -> dict[StageName, Any]:
    return {
        StageName.DETECTION: create_engine(DetectionSettings(backend="embedded", threads=1)),
        StageName.CAPTIONING: EmbeddedCaptioner(1, ServiceMetrics("captioning")),
    }


@pytest.fixture
def synthesise(pair: tuple[RGB, RGB], engines: dict[StageName, Any]) -> Callable[[tuple[str, str]], PairUpdate]:
    """The end of a synthesis under `curate` whose generator makes the pair for two nouns."""

    def made(nouns: tuple[str, str]) -> PairUpdate:
        fields = SynthesisFields(operation=Operation.REPLACE, caption="A cat beside an astronaut.", seed=1)
        options = Options(policy=Policy.CURATE).settled(Policy.CURATE)
        request = JobRequest(kind=JobKind.SYNTHESIS, options=options, fields=fields)
        results: dict[StageName, dict[str, object]] = {}
        update = PairUpdate(Pair(1, "job_1", 0))
        for name, spec in STAGES.items():
            inputs = StageInput("job_1", request, update.pair, results.__getitem__, _describe_image)
            asked = spec.build_request(inputs)
            if isinstance(asked, EditingRequest):
                generator = PairGenerator(OnePair(pair, nouns), NoRewriter())
                (answer,) = generator.run([Ticket(EditWork(None, (), asked))])
            else:
                work = (PairWork if name is StageName.DETECTION else CaptionWork)(*pair, asked)
                (answer,) = engines[name].run([Ticket(work)])
            assets = iter(ASSETS)
            result = spec.store(answer, lambda _, assets=assets: next(assets))
            results[name] = result.model_dump(mode="json")
            update = spec.update_pair(inputs, result)
            if update.rejected:
                break
        return update

    return made


def _describe_image(asset: str) -> RecordImage:
    return RecordImage(asset=asset, width=WIDTH, height=HEIGHT)


def test_a_drifted_pair_is_accepted_where_a_region_shows_an_exchanged_noun(
    synthesise: Callable[[tuple[str, str]], PairUpdate],
) -> None:
    update = synthesise(("cat", "cup"))

    assert [reason.code for reason in update.rejected] == []
    assert update.record is not None
    edit = update.record.source.edit
    assert edit is not None
    assert update.record.verdict is Verdict.DIFFERENT
    assert edit.scores.outside_psnr is not None
    assert edit.scores.outside_psnr < 25  # far below what an edited photo needs
    assert edit.scores.found == 1
    assert edit.located_by is LocatedBy.REGIONS
    assert iou(edit.box, PLACE) > 0.7
    assert update.record.caption is not None
    assert "replaced" in update.record.caption
    kept = [region for region in update.record.regions if region.kept and region.box is not None]
    assert max(iou(region.box, PLACE) for region in kept if region.box is not None) > 0.7


def test_the_same_pair_is_rejected_where_it_shows_other_things_than_were_asked_for(
    synthesise: Callable[[tuple[str, str]], PairUpdate],
) -> None:
    assert synthesise(("bicycle", "boat")).rejected
