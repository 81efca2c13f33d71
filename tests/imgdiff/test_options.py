"""Options have defaults by policy, and name the limit that a bad value breaks."""

import pytest
from pydantic import ValidationError

from imgdiff.options import Options, SynthesisRequest
from imgdiff.records import Policy


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
        ({"start_deadline_seconds": 0}, "greater than 0"),
        ({"callback": "https://example.org"}, "Extra inputs"),
    ],
)
def test_a_bad_option_is_refused_with_its_limit(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Options.model_validate(options)


def test_a_synthesis_splits_into_fields_and_images() -> None:
    request = SynthesisRequest.model_validate({"operation": "remove", "target": "dog", "image": {"base64": "AAAA"}})

    assert request.fields.target == "dog"
    assert not hasattr(request.fields, "image")
