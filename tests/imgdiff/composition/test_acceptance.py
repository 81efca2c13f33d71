"""Acceptance in the pipeline: a job's own thresholds over detection's answer."""

import pytest

from gateway.store.values import JobRequest
from imgdiff.composition.acceptance import measure, reject
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Box, Edit, EditScores, Operation, Policy, Reason, Verdict
from imgdiff.rules.detection import RegionScores
from imgdiff.stages import DetectedRegion, Detection
from imgdiff.whole_pair import Alignment

PLACE: Box = (100, 100, 200, 200)
_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def _request(policy: Policy = Policy.CURATE, **requested: float) -> JobRequest:
    options = Options(policy=policy, thresholds={f"edit.{name}": value for name, value in requested.items()})
    fields = SynthesisFields(operation=Operation.REPLACE, caption="a cat")
    return JobRequest(kind=JobKind.SYNTHESIS, options=options, fields=fields)


def _detection(*boxes: Box, kept: bool = True) -> Detection:
    return Detection(
        seconds=0,
        alignment=Alignment(applied=False, model="identity", matrix=_IDENTITY, score=1.0),
        verdict=Verdict.DIFFERENT,
        regions=tuple(DetectedRegion(box=box, difference=0.5, kept=kept) for box in boxes),
    )


@pytest.mark.parametrize("image", [None, f"sha256:{0:064x}"])
def test_what_changed_around_an_edit_rejects_only_pairs_whose_other_pixels_were_kept(image: str | None) -> None:
    request = _request().model_copy(update={"image": image})
    scores = EditScores(outside_psnr=18.3, outside_perceptual=0.27)
    edit = Edit(operation=Operation.REPLACE, box=PLACE, seed=1, scores=scores)
    detection = _detection(PLACE, *((x, 300, x + 40, 340) for x in range(0, 200, 50)))

    def codes(edit: Edit, request: JobRequest = request) -> set[str]:
        return {reason.code for reason in reject(request, measure(edit, detection), detection)}

    regenerated = edit.model_copy(update={"regenerated": True})
    assert codes(edit) == {"edit.elsewhere", "edit.outside_changed", "edit.outside_perceptual"}
    assert codes(regenerated) == set()
    assert measure(regenerated, detection).scores.elsewhere == 4
    assert codes(regenerated, _request(elsewhere=3)) == {"edit.elsewhere"}


def test_regions_that_detection_dropped_do_not_count() -> None:
    edit = Edit(operation=Operation.REMOVE, box=PLACE, seed=1)

    scores = measure(edit, _detection(PLACE, (0, 0, 9, 9), kept=False)).scores

    assert (scores.found, scores.elsewhere) == (0, 0)


@pytest.mark.parametrize(("policy", "codes"), [(Policy.CURATE, ["edit.not_found"]), (Policy.DESCRIBE, [])])
def test_only_curate_rejects_a_pair_that_does_not_show_its_edit(policy: Policy, codes: list[str]) -> None:
    detection = _detection((100, 100, 110, 200))
    edit = measure(Edit(operation=Operation.REMOVE, box=PLACE, seed=1), detection)

    reasons = reject(_request(policy), edit, detection)

    assert [reason.code for reason in reasons] == codes
    assert reasons in [(), (Reason(code="edit.not_found", value=0.1, threshold=0.3),)]


def test_a_regenerated_pair_shows_its_edit_where_a_region_matches_an_exchanged_noun() -> None:
    def region(match: float | None) -> DetectedRegion:
        scores = RegionScores(number=0, box=PLACE, share=0.1, evidence=0.9, difference=0.5, object_match=match)
        return DetectedRegion(box=PLACE, difference=0.5, kept=True, scores=scores)

    def found(match: float | None, **parameters: float) -> float | None:
        detection = _detection().model_copy(update={"regions": (region(match),), "parameters": parameters})
        return measure(Edit(operation=Operation.REPLACE, box=PLACE, seed=1, regenerated=True), detection).scores.found

    matching = {"object.mismatch": 0.35}
    assert found(0.4, **matching) == 1.0
    assert found(0.3, **matching) == 0.0
    assert found(None, **matching) == 0.0
    assert found(None) is None
