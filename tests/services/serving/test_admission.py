"""Places in the queue by number and cost."""

import pytest

from imgdiff.errors import Overloaded
from services.serving.admission import Admission
from services.serving.metrics import ServiceMetrics


def _admission(most: int = 3, most_cost: int = 10_000_000) -> Admission:
    return Admission(most, most_cost, ServiceMetrics("test"))


def test_what_costs_more_than_the_queue_may_waits_alone() -> None:
    admission = _admission()
    place = admission.take(50_000_000)

    with pytest.raises(Overloaded, match="1 requests of 50 megapixels are waiting"):
        admission.take(1)
    admission.release(place)

    assert admission.take(1).cost == 1


def test_a_place_is_given_back_once() -> None:
    admission = _admission(most=1)
    place = admission.take(5)
    admission.release(place)
    admission.release(place)
    admission.take(5)

    assert not admission.has_room(1)


def test_retry_after_follows_the_measured_seconds_and_the_cost_of_those_that_wait() -> None:
    admission = _admission()
    for _ in range(50):
        admission.learn(20.0, 2_000_000)  # ten seconds a megapixel
    admission.take(4_000_000)
    admission.take(3_000_000)

    with pytest.raises(Overloaded) as refused:
        admission.take(4_000_000)

    assert refused.value.retry_after is not None
    assert 69 <= refused.value.retry_after <= 71
