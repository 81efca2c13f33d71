"""What a job's stages cost follows the pixels of a pair; batches and large syntheses wait in the bulk lane."""

import pytest

from gateway.pipeline.order.costs import LARGE, PIXELS, cost_of, lane_of
from gateway.store.values import JobRequest, Lane
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation

_ONE, _TWO = (f"sha256:{number:064x}" for number in (1, 2))


def _pair() -> JobRequest:
    return JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(), image1=_ONE, image2=_TWO)


def _synthesis(count: int, image: str | None) -> JobRequest:
    fields = SynthesisFields(operation=Operation.REMOVE, count=count)
    return JobRequest(kind=JobKind.SYNTHESIS, options=Options(), image=image, fields=fields)


def test_a_pair_costs_its_megapixels() -> None:
    assert cost_of(_pair(), {_ONE: 3 * PIXELS, _TWO: PIXELS}) == 4
    assert cost_of(_pair(), {_ONE: 3072, _TWO: 3072}) == 1


def test_an_edited_pair_costs_twice_its_photo_however_many_edits_there_are() -> None:
    assert cost_of(_synthesis(1, _ONE), {_ONE: 6 * PIXELS}) == 12
    assert cost_of(_synthesis(64, _ONE), {_ONE: 6 * PIXELS}) == 12


def test_a_generated_pair_costs_what_models_generate() -> None:
    assert cost_of(_synthesis(1, None), {}) == 2


@pytest.mark.parametrize(
    ("request_", "batch", "lane"),
    [
        (_pair(), False, Lane.SINGLE),
        (_pair(), True, Lane.BULK),
        (_synthesis(LARGE, _ONE), False, Lane.SINGLE),
        (_synthesis(LARGE + 1, _ONE), False, Lane.BULK),
    ],
)
def test_what_nobody_waits_for_is_bulk(request_: JobRequest, batch: bool, lane: Lane) -> None:
    assert lane_of(request_, batch=batch) is lane
