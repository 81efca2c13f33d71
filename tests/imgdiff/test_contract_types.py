"""The types of the contract validate what they promise."""

import pytest
from pydantic import ValidationError

from imgdiff.errors import ImgdiffError, NotFound, catalogue
from imgdiff.options import Options, SynthesisRequest
from imgdiff.problems import problem_slug
from imgdiff.records import Change, Edit, Operation, Policy, Reason, Region
from imgdiff.rules.reasons import BY_CODE, REASONS
from imgdiff.stages import EditedPair, Editing


def _region(box: tuple[int, int, int, int]) -> Region:
    return Region(box=box, change=Change.CHANGED, difference=0.5, kept=True)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 8, 9), (8, 0, 5, 9), (-1, 0, 5, 9)])
def test_an_empty_or_inverted_box_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValidationError, match="x1 < x2"):
        _region(box)


def test_a_region_survives_a_round_trip_through_json() -> None:
    region = _region((1, 2, 3, 4))

    assert Region.model_validate_json(region.model_dump_json()) == region


@pytest.mark.parametrize(
    ("policy", "regions"),
    [(None, 20), (Policy.DESCRIBE, 20), (Policy.CURATE, 5)],
    ids=["default", "describe", "curate"],
)
def test_options_settle_by_policy(policy: Policy | None, regions: int) -> None:
    assert Options(policy=policy).settled(Policy.DESCRIBE).max_regions == regions


def test_explicit_options_override_the_defaults() -> None:
    settled = Options(max_regions=7, policy=Policy.DESCRIBE).settled(Policy.CURATE)

    assert (settled.max_regions, settled.policy) == (7, Policy.DESCRIBE)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"polcy": "curate"}, "Extra inputs"),
        ({"max_regions": 0}, "greater than or equal to 1"),
        ({"max_regions": 101}, "less than or equal to 100"),
        ({"dataset": "No Spaces"}, "a dataset name is"),
        ({"thresholds": {"region.nonsense": 1}}, "unknown gate"),
        ({"metadata": {"a": "x" * 5000}}, "larger than 4096 bytes"),
        ({"language": "fr"}, "'en'"),
        ({"deadline_seconds": 0}, "greater than 0"),
        ({"webhook": "https://example.org"}, "Extra inputs"),
    ],
)
def test_a_bad_option_is_refused_with_its_limit(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Options.model_validate(options)


def test_a_synthesis_splits_into_fields_and_images() -> None:
    request = SynthesisRequest.model_validate({"operation": "remove", "target": "dog", "image": {"base64": "AAAA"}})

    assert request.fields.target == "dog"
    assert not hasattr(request.fields, "image")


def test_every_error_has_its_own_slug_and_a_title() -> None:
    errors = catalogue()

    assert len(errors) == len({cls.title() for cls in errors.values()})
    assert all(cls.title().endswith(".") for cls in errors.values())


def test_an_error_becomes_a_problem_document() -> None:
    problem = NotFound("no job job_1").problem("/v1/jobs/job_1")

    assert (problem.status, problem_slug(problem.type), problem.detail) == (404, "not-found", "no job job_1")
    assert issubclass(catalogue()[problem_slug(problem.type)], ImgdiffError)


def test_gate_codes_are_unique_and_named_subject_dot_finding() -> None:
    assert len(BY_CODE) == len(REASONS)
    assert all(code.count(".") == 1 for code in BY_CODE)


def test_editing_returns_a_pair_or_the_reasons_for_none() -> None:
    edit = Edit(operation=Operation.REMOVE, box=(0, 0, 2, 2), seed=1)
    pair = EditedPair.model_validate({"image2": "aW1hZ2U=", "edit": edit})
    why = (Reason(code="edit.exhausted"),)

    assert Editing(seconds=0, pair=pair).reasons == ()
    assert Editing(seconds=0, reasons=why).pair is None
    for neither in ({}, {"pair": pair, "reasons": why}):
        with pytest.raises(ValidationError, match="either a pair or the reasons"):
            Editing.model_validate({"seconds": 0, **neither})
