"""Replayed from stored scores, pairs end as they did, and as they would have ended, or are unknown."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.funnel import happened
from gateway.funnel.facts import Attempt, PairFacts
from gateway.funnel.reading import facts
from gateway.funnel.replay import AttemptReplay
from gateway.funnel.steps import End, Fate, Outcome
from imgdiff.jobs import JobKind
from imgdiff.records import Policy
from tests.gateway.funnel.scenarios import Scenario, simulate

UPLOADS = {"kind": JobKind.DIFFERENCE_CAPTIONS, "pairs": 1}
SCENARIOS = {
    "synthesis": Scenario(1, pairs=4),
    "synthesis on sam, captioned by a language model": Scenario(2, sam=True, two_stages=True, pairs=4),
    "described synthesis": Scenario(3, policy=Policy.DESCRIBE, pairs=4),
    "described on sam": Scenario(4, policy=Policy.DESCRIBE, sam=True, two_stages=True, pairs=4),
    "nothing rejected is kept": Scenario(5, keep_rejected=False, pairs=4),
}
OTHERS: tuple[dict[str, float], ...] = (
    {"region.no_evidence": 0.6},
    {"region.no_evidence": 0.02},
    {"region.too_small": 0.03},
    {"region.too_small": 0.0},
    {"region.too_similar": 0.8},
    {"region.too_similar": 0.93},
    {"region.overlap": 0.1},
    {"region.overlap": 0.6},
    {"region.limit": 1.0},
    {"region.limit": 9.0},
    {"pair.too_different": 0.85},
    {"pair.too_different": -1.0},
    {"pair.too_similar": 0.9},
    {"pair.too_similar": 1.0},
    {"edit.not_found": 0.9},
    {"edit.not_found": 0.0},
    {"edit.elsewhere": 3.0},
    {"edit.outside_changed": 31.0},
    {"edit.outside_changed": 98.0},
    {"edit.outside_perceptual": 0.01},
    {"edit.outside_perceptual": 0.5},
    {"caption.mismatch": 0.35},
    {"caption.mismatch": 0.1},
    {"caption.too_similar": 0.7},
    {"caption.too_similar": 0.97},
    {"question.mismatch": 0.5},
    {"question.mismatch": 0.0},
    {"question.still_shown": 0.1},
    {"question.still_shown": 1.0},
    {"region.too_similar": 0.93, "caption.mismatch": 0.1, "region.limit": 2.0, "edit.elsewhere": 1.0},
)


RANGES = {
    "pair.too_different": (0.7, 1.0),
    "pair.too_similar": (0.7, 1.0),
    "region.no_evidence": (0.0, 0.9),
    "region.too_small": (0.0, 0.1),
    "region.too_similar": (0.5, 1.0),
    "region.overlap": (0.0, 0.9),
    "region.limit": (1.0, 9.0),
    "edit.not_found": (0.0, 1.0),
    "edit.elsewhere": (0.0, 4.0),
    "edit.outside_changed": (30.0, 60.0),
    "edit.outside_perceptual": (0.0, 0.1),
    "caption.mismatch": (0.1, 0.6),
    "caption.too_similar": (0.6, 1.0),
    "question.mismatch": (0.2, 0.8),
    "question.still_shown": (0.0, 0.3),
}
THRESHOLDS = st.fixed_dictionaries({}, optional={code: st.floats(*ends) for code, ends in RANGES.items()})
MADE = st.builds(
    Scenario,
    st.integers(0, 10_000),
    policy=st.sampled_from(Policy),
    sam=st.booleans(),
    two_stages=st.booleans(),
    pairs=st.just(3),
    thresholds=THRESHOLDS,
)


def _pairs(scenario: Scenario) -> list[PairFacts]:
    """The pairs of one synthesis, or of as many uploads."""
    number = 1 if scenario.kind is JobKind.SYNTHESIS else 4
    jobs = [replace(scenario, seed=scenario.seed + 100 * one) for one in range(number)]
    return [facts(history) for job in jobs for history in simulate(job)]


def _outcomes(pair: PairFacts) -> list[Outcome]:
    return [happened.outcome(pair, attempt) for attempt in pair.attempts]


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_with_the_thresholds_in_force_every_pair_and_region_ends_as_it_did(scenario: Scenario) -> None:
    ends: Counter[End] = Counter()
    for pair in _pairs(replace(scenario, pairs=16)):
        for attempt, was in zip(pair.attempts, _outcomes(pair), strict=True):
            again = AttemptReplay(pair, attempt, was).decide({})
            assert again == replace(was, noted=again.noted)
            ends[was.pair.end] += 1
    assert min(ends[End.SURVIVED], ends[End.DROPPED]) >= 1 or not scenario.keep_rejected


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_at_other_thresholds_they_end_as_the_services_and_the_pipeline_would_decide(scenario: Scenario) -> None:
    known: Counter[bool] = Counter()
    stored = _pairs(scenario)
    for thresholds in OTHERS:
        truth = _pairs(replace(scenario, thresholds=thresholds))
        for pair, true in zip(stored, truth, strict=True):
            known.update(_agreed(pair, true, thresholds))
    assert known[True] > 4 * known[False] or not scenario.keep_rejected, known


def test_uploads_too() -> None:
    known: Counter[bool] = Counter()
    for sam in (False, True):
        for policy in Policy:
            scenario = Scenario(7, sam=sam, two_stages=sam, policy=policy, **UPLOADS)  # type: ignore[arg-type]  # two fields
            stored = _pairs(scenario)
            for thresholds in OTHERS[::4]:
                truth = _pairs(replace(scenario, thresholds=thresholds))
                for pair, true in zip(stored, truth, strict=True):
                    known.update(_agreed(pair, true, thresholds))
    assert known[True] > 4 * known[False], known


@settings(max_examples=100, deadline=None)
@given(scenario=MADE, thresholds=THRESHOLDS)
def test_at_any_thresholds_a_replay_is_what_the_services_would_have_decided(
    scenario: Scenario, thresholds: dict[str, float]
) -> None:
    stored = _pairs(scenario)
    truth = _pairs(replace(scenario, thresholds={**scenario.thresholds, **thresholds}))

    for pair, true in zip(stored, truth, strict=True):
        for attempt, was in zip(pair.attempts, _outcomes(pair), strict=True):
            again = AttemptReplay(pair, attempt, was).decide({})
            assert again == replace(was, noted=again.noted)
        for _ in _agreed(pair, true, thresholds):
            pass


def test_what_an_earlier_version_stored_is_unknown_at_other_thresholds() -> None:
    ends: Counter[End] = Counter()
    for pair in _pairs(SCENARIOS["synthesis"]):
        for attempt, was in zip(pair.attempts, _outcomes(pair), strict=True):
            replayed = AttemptReplay(pair, _as_stored_before(attempt), was)
            if attempt.detection is None or {"pair.identical", "pair.unrelated"} & set(attempt.detection.codes):
                continue

            in_force = {"region.overlap": 0.3, "edit.elsewhere": attempt.thresholds.get("edit.elsewhere", 0.0)}
            assert replayed.at(in_force).pair == was.pair
            for thresholds in ({"region.no_evidence": 0.6}, {"pair.too_similar": 0.9}, {"edit.elsewhere": 3.0}):
                ends[replayed.at(thresholds).pair.end] += 1
    assert ends.keys() == {End.UNKNOWN}


def _as_stored_before(attempt: Attempt) -> Attempt:
    """Without the scores and the method of detection."""
    detection = attempt.detection
    if detection is None:
        return attempt
    regions = tuple(region.model_copy(update={"scores": None}) for region in detection.regions)
    return replace(attempt, detection=detection.model_copy(update={"regions": regions, "method": None}))


def _agreed(pair: PairFacts, truth: PairFacts, thresholds: Mapping[str, float]) -> Iterator[bool]:
    """Whether each attempt and region that both runs made is decided; raises where it is decided wrongly."""
    rows = zip(pair.attempts, _outcomes(pair), _outcomes(truth), strict=False)
    for number, (attempt, was, true) in enumerate(rows):
        replayed = AttemptReplay(pair, attempt, was)
        replay = replayed.at(thresholds)
        where = pair.job, number, thresholds, was, replay, true
        assert replay == replayed.decide(thresholds), where
        yield replay.pair.end is not End.UNKNOWN
        if replay.pair.end is not End.UNKNOWN:
            assert _same(replay.pair, true.pair), where
            assert replay.verdict == true.verdict, where
            by_box = _by_box(truth, number, true)
            for box, fate in _by_box(pair, number, replay).items():
                assert fate.end is End.UNKNOWN or _same(fate, by_box[box]), (box, where)
                yield fate.end is not End.UNKNOWN


def _same(replay: Fate, true: Fate) -> bool:
    """The same end; what one gate drops for certain may in truth have been dropped by an earlier one."""
    return replay == true or (replay.end is true.end is End.DROPPED and replay.place >= true.place)


def _by_box(pair: PairFacts, number: int, outcome: Outcome) -> dict[object, Fate]:
    detection = pair.attempts[number].detection
    scores = [] if detection is None or not outcome.regions else [region.scores for region in detection.regions]
    places = [(one.box, one.evidence) for one in scores if one is not None]
    return dict(zip(places, outcome.regions, strict=True))
