"""Answers of the real comparison replay to the verdicts that they had, and to those that they would have."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from skimage import data

from gateway.funnel import happened
from gateway.funnel.reading import facts
from gateway.funnel.replay import AttemptReplay
from imgdiff.images import RGB
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Policy, Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends.pixels import PixelExtractor
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.gateway.funnel.scenarios import Scenario, simulate

Edit = Callable[[RGB], RGB]


def _shade(photo: RGB) -> RGB:
    shaded = photo.copy()
    shaded[:, 100:] //= 4
    return shaded


def _paint(photo: RGB) -> RGB:
    painted = photo.copy()
    painted[150:200, 40:100] = (20, 160, 60)
    return painted


def _shift(photo: RGB) -> RGB:
    return np.roll(photo, (60, 70), (0, 1))


def _darken(photo: RGB) -> RGB:
    return np.asarray(photo * 0.7, np.uint8)


EDITS: dict[str, Edit] = {
    "painted": _paint,
    "shaded": _shade,
    "darker": _darken,
    "mirrored": lambda photo: np.ascontiguousarray(photo[:, ::-1]),
    "another section": lambda photo: _darken(_shift(photo)),
    "noise": lambda photo: np.random.default_rng(1).integers(0, 256, photo.shape, np.uint8),
}
THRESHOLDS: tuple[dict[str, float], ...] = ({"region.no_evidence": 0.999}, {"region.no_evidence": 0.05})


@pytest.fixture(scope="module")
def engine() -> DetectionEngine:
    return DetectionEngine(PixelExtractor(1), 1, ServiceMetrics("detection"))


@pytest.fixture(scope="module")
def photo() -> RGB:
    return np.asarray(cv2.resize(data.astronaut(), (256, 256), interpolation=cv2.INTER_AREA), np.uint8)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("policy", Policy)
def test_real_answers_replay_to_the_verdict_of_their_record(
    engine: DetectionEngine, photo: RGB, policy: Policy
) -> None:
    pairs = [(photo, edit(photo)) for edit in EDITS.values()]

    @cache
    def detect(index: int, limits: tuple[tuple[str, float], ...]) -> Detection:
        request = DetectionRequest(policy=policy, thresholds=dict(limits))
        answer = engine.run([Ticket(PairWork(*pairs[index], request))])[0]
        assert isinstance(answer, Detection)
        return answer

    def find(index: int, options: Options) -> Detection:
        return detect(index, tuple(options.thresholds.items()))

    verdicts: Counter[Verdict | None] = Counter()
    for index in range(len(pairs)):
        scenario = Scenario(
            index,
            kind=JobKind.DIFFERENCE_CAPTIONS,
            policy=policy,
            pairs=1,
            found=lambda options, at=index: find(at, options),
        )
        (stored,) = (facts(history) for history in simulate(scenario))
        was = happened.outcome(stored, stored.attempts[0])
        replayed = AttemptReplay(stored, stored.attempts[0], was)
        assert replayed.decide({}) == replace(was, noted=((), ()))
        assert was.verdict is stored.verdict
        verdicts[was.verdict] += 1
        for thresholds in THRESHOLDS:
            (true,) = (facts(history) for history in simulate(replace(scenario, thresholds=thresholds)))
            assert replayed.at(thresholds).verdict in {None, true.verdict}, (index, thresholds)
    assert {Verdict.DIFFERENT, Verdict.UNDETERMINED} <= verdicts.keys()
