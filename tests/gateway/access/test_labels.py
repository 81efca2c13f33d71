"""The first tenants have labels of their own, all others one together."""

from gateway.access.labels import OTHERS, TenantLabels


def test_the_first_tenants_keep_their_names_and_the_others_share_one_label() -> None:
    labels = TenantLabels(2)

    assert [labels.label(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", OTHERS, "a", OTHERS]


def test_numbers_of_tenants_without_a_label_are_added_up() -> None:
    counted = [("a", "queued", 1), ("b", "queued", 2), ("c", "queued", 3), ("c", "failed", 4)]

    sums = TenantLabels(1).add_up(counted)

    assert sums == {("a", "queued"): 1, (OTHERS, "queued"): 5, (OTHERS, "failed"): 4}
