"""What differs as a whole survives JSON."""

from imgdiff.whole_pair import PairChange, PairChangeKind


def test_a_pair_change_survives_a_round_trip_through_json() -> None:
    change = PairChange(kind=PairChangeKind.SCALED, value=2.0, harmless=True, text="Image 2 is twice as large.")

    assert PairChange.model_validate_json(change.model_dump_json()) == change
