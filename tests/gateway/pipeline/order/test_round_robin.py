"""Tenants that wait have equal shares of what their stages cost."""

from collections import Counter

from gateway.pipeline.order.round_robin import choose
from gateway.store.order.rings import Ring


def _serve(costs: dict[str, int], times: int, ring: Ring = ()) -> tuple[list[str], Ring]:
    served = []
    for _ in range(times):
        tenant, ring = choose(ring, costs)
        served.append(tenant)
    return served, ring


def test_tenants_take_turns() -> None:
    assert _serve({"a": 1, "b": 1, "c": 1}, 7)[0] == ["a", "b", "c", "a", "b", "c", "a"]


def test_a_tenant_of_larger_images_has_fewer_stages_and_an_equal_share() -> None:
    served = Counter(_serve({"a": 1, "b": 4, "c": 2}, 70)[0])

    assert served == {"a": 40, "c": 20, "b": 10}


def test_what_costs_much_comes_after_so_many_cheap_ones_as_it_costs() -> None:
    served, _ = _serve({"huge": 1000, "tiny": 1}, 2002)

    assert served.index("huge") == 999
    assert Counter(served) == {"tiny": 2000, "huge": 2}


def test_a_new_tenant_comes_at_the_end_of_the_ring_and_soon() -> None:
    _, ring = _serve({"a": 1, "b": 1}, 3)

    assert _serve({"a": 1, "b": 1, "new": 1}, 3, ring)[0] == ["b", "a", "new"]


def test_who_no_longer_waits_keeps_nothing() -> None:
    _, ring = _serve({"a": 8, "b": 1}, 4)
    assert dict(ring)["a"] > 0

    tenant, ring = choose(ring, {"b": 1, "c": 1})

    assert tenant == "b"
    assert dict(ring) == {"b": 0, "c": 0}


def test_nobody_is_passed_over_by_tenants_that_come_and_go() -> None:
    _, ring = _serve({"stays": 1, "first": 1}, 1)
    served = []
    for number in range(6):
        tenant, ring = choose(ring, {"stays": 1, f"new-{number}": 1})
        served.append(tenant)

    assert served.count("stays") >= 3


def test_a_deficit_never_exceeds_what_the_next_stage_costs() -> None:
    ring: Ring = ()
    for number in range(200):
        costs = {"a": 1 + number % 7, "b": 9 - number % 3, "c": 5}
        _, ring = choose(ring, costs)
        assert all(0 <= deficit < 10 for _, deficit in ring)
