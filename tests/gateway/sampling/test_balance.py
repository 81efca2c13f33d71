"""Which records a sample has."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from gateway.sampling.balance import BalanceBy, Sample, choose, share

_RARE = {"removed": 5, "added": 50, "moved": 500}


def _records() -> Iterator[tuple[int, str, set[str]]]:
    sequence = 0
    for group, count in _RARE.items():
        for _ in range(count):
            sequence += 1
            yield sequence, f"rec_{sequence}", {group}


def _count(sample: Sample) -> Counter[str]:
    groups = {sequence: next(iter(found)) for sequence, _, found in _records()}
    return Counter(groups[sequence] for sequence in choose(_records(), sample))


def test_each_group_gives_as_many_and_a_small_one_all_it_has() -> None:
    assert _count(Sample(BalanceBy.CHANGE, None, 20, 0)) == {"removed": 5, "added": 20, "moved": 20}
    assert _count(Sample(BalanceBy.CHANGE, 75, None, 0)) == {"removed": 5, "added": 35, "moved": 35}
    assert _count(Sample(BalanceBy.CHANGE, 200, 60, 0)) == {"removed": 5, "added": 50, "moved": 60}
    assert _count(Sample(BalanceBy.CHANGE, 9999, None, 0)) == _RARE


def test_a_sample_depends_on_the_seed_and_the_ids_alone() -> None:
    sample = Sample(BalanceBy.CHANGE, 30, None, 1)
    first = choose(_records(), sample)
    others = choose(_records(), Sample(BalanceBy.CHANGE, 30, None, 2))
    later = choose(((1000 + number, name, found) for number, name, found in reversed(list(_records()))), sample)

    assert list(first) == sorted(first)
    assert first == choose(_records(), sample)
    assert first != others
    assert [number - 1000 for number in later] == list(first)


def test_a_record_of_several_groups_counts_for_the_rarest_and_one_of_none_for_nothing() -> None:
    records = [(1, "a", {"cup", "unicorn"}), (2, "b", {"cup"}), (3, "c", set[str]()), (4, "d", {"cup"})]
    sample = Sample(BalanceBy.LABEL, None, 1, 0)

    chosen = choose(records, sample)

    assert len(chosen) == 2
    assert 1 in chosen
    assert 3 not in chosen


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1), st.integers(1, 300))
def test_a_limit_is_reached_where_there_are_as_many(sizes: dict[str, int], limit: int) -> None:
    quotas = share(sizes, limit, None)

    assert sum(quotas.values()) == min(limit, sum(sizes.values()))
    assert all(0 <= quotas[name] <= size for name, size in sizes.items())
    cut = [quotas[name] for name, size in sizes.items() if quotas[name] < size]
    assert max(cut, default=0) - min(cut, default=0) <= 1
