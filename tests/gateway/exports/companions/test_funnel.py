"""The funnel of records counts them as the funnel of their dataset does."""

from gateway.exports.companions.funnel import RecordFunnel
from imgdiff.funnel import Step, Tries
from imgdiff.records import Edit, Operation, Reason, Record, Verdict


def test_pairs_and_places_are_counted_at_the_gate_that_refused_them(record: Record) -> None:
    mismatch = record.regions[1].model_copy(
        update={"kept": False, "reasons": (Reason(code="caption.mismatch", value=0.1, threshold=0.25),)}
    )
    mixed = record.model_copy(update={"regions": (record.regions[0], mismatch, record.regions[4])})
    same = record.model_copy(update={"regions": (record.regions[4],), "verdict": Verdict.SAME})
    unrelated = record.model_copy(
        update={"regions": (), "verdict": Verdict.UNRELATED, "reasons": (Reason(code="pair.unrelated"),)}
    )
    funnel = RecordFunnel()
    for one in (mixed, same, unrelated):
        funnel.add(one)
    found = funnel.finish("default")
    steps = {step.step: step for step in found.steps}

    assert (found.totals.asked, found.totals.survived, found.totals.dropped, found.given) == (3, 1, 2, 3)
    assert found.records == {Verdict.DIFFERENT: 1, Verdict.SAME: 1, Verdict.UNRELATED: 1}
    assert steps[Step.IMAGE_SIMILARITY].pairs.dropped == {"pair.unrelated": 1}
    assert steps[Step.CROP_DIFFERENCE].regions.dropped == {"region.too_similar": 2}
    assert steps[Step.CROP_DIFFERENCE].pairs.dropped == {"pair.no_evidence": 1}
    assert steps[Step.TEXT_MATCH].regions.dropped == {"caption.mismatch": 1}
    assert (found.regions, steps[Step.RECORD].regions.left, steps[Step.RECORD].pairs.left) == (1, 1, 1)


def test_an_attempt_that_no_pair_survived_needs_no_entry(record: Record) -> None:
    edit = Edit(operation=Operation.REMOVE, box=(0, 0, 10, 10), seed=1, round=2)
    source = record.source.model_copy(update={"kind": "synthesis", "edit": edit})
    same = record.model_copy(update={"source": source, "verdict": Verdict.SAME, "regions": ()})
    funnel = RecordFunnel()
    for one in (record, same):
        funnel.add(one)

    assert funnel.finish("default").tries == Tries(made=4, needed={1: 1})


def test_thresholds_in_force_are_read_from_the_records(record: Record) -> None:
    provenance = record.provenance.model_copy(update={"parameters": {"align": True, "thresholds": {"region.limit": 5}}})
    funnel = RecordFunnel()
    for one in (record, record.model_copy(update={"provenance": provenance})):
        funnel.add(one)
    thresholds = {code: values for step in funnel.finish("default").steps for code, values in step.thresholds.items()}

    assert thresholds == {"region.too_similar": (0.85,), "region.limit": (5.0,)}
