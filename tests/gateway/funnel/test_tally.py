"""What leaves one step enters the next, and nothing is lost between."""

from gateway.funnel.steps import SURVIVED, Outcome, dropped, unknown
from gateway.funnel.tally import Tally
from imgdiff.funnel import Step


def _tally() -> Tally:
    tally = Tally()
    small = dropped("region.too_small")
    tally.add(Outcome(dropped("edit.too_large")), synthesised=True)
    tally.add(Outcome(SURVIVED, (SURVIVED, small), ((), ("region.too_similar",))), synthesised=True)
    tally.add(Outcome(unknown(Step.OVERLAP), (unknown(Step.OVERLAP),)), synthesised=False)
    return tally


def test_totals_are_the_pairs_by_outcome() -> None:
    totals = _tally().totals

    assert (totals.asked, totals.survived, totals.dropped, totals.unknown, totals.open) == (3, 1, 1, 1, 0)
    assert _tally().surviving_regions == 1


def test_uploaded_pairs_enter_after_editing_and_regions_at_the_evidence() -> None:
    steps = {step.step: step for step in _tally().steps({"region.too_small": {0.02, 0.01}})}

    assert [steps[step].pairs.entered for step in (Step.EDITING, Step.IMAGE_SIMILARITY, Step.RECORD)] == [2, 2, 1]
    assert steps[Step.EDITING].pairs.dropped == {"edit.too_large": 1}
    assert [steps[step].regions.entered for step in (Step.IMAGE_SIMILARITY, Step.EVIDENCE, Step.RECORD)] == [0, 3, 1]
    assert steps[Step.BOX_SIZE].regions.dropped == {"region.too_small": 1}
    assert steps[Step.BOX_SIZE].thresholds == {"region.too_small": (0.01, 0.02)}
    assert steps[Step.CROP_DIFFERENCE].regions.noted == {"region.too_similar": 1}
    assert (steps[Step.OVERLAP].pairs.unknown, steps[Step.OVERLAP].regions.unknown) == (1, 1)
