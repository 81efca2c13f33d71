"""Derived seeds are reproducible and unrelated."""

from imgdiff.seeds import derive


def test_a_seed_depends_on_every_part() -> None:
    assert derive(7, 0, "left") == derive(7, 0, "left")
    assert len({derive(7, 0), derive(7, 1), derive(8, 0), derive(7, 0, 0), derive(7, "0")}) == 4


def test_a_seed_is_a_32_bit_number() -> None:
    assert all(0 <= derive(seed, "part") < 2**32 for seed in range(100))
