"""What a manifest's row claims, and how found and wrongly found pairs are counted."""

import pytest

from benchmarks.directions import Kind, claims_of, report


@pytest.mark.parametrize(
    ("row", "claims"),
    [
        ({"caption1": "A cup.", "caption2": "A bowl."}, {"caption1": "A cup.", "caption2": "A bowl."}),
        ({"instruction": "Remove it", "truth": "The cup was removed."}, {"instruction": "Remove it"}),
        ({"labels": ["car appeared", "car appeared"]}, {"instruction": "A car appeared."}),
        ({"labels": ["car appeared", "car gone"]}, {}),
        ({"labels": ["short", "pin hole"]}, {}),
        (
            {"items1": [{"label": "salad"}, {"label": "bread"}], "items2": [{"label": "bread"}]},
            {"caption1": "A tray with salad, bread.", "caption2": "A tray with bread."},
        ),
    ],
)
def test_captions_sentences_or_labels_of_one_kind_are_claims(row: dict[str, object], claims: dict[str, str]) -> None:
    assert claims_of(row) == claims


def test_found_and_wrongly_found_are_counted_by_threshold() -> None:
    kind = Kind(pairs=3, true=[0.0, 0.4], swapped=[0.95, None], other=[0.6])

    *_, row = report({"made: added": kind})

    assert row == "| made: added | 3 | 2 | 1 / 2 | 1 / 1 | 1 / 0 | 1 / 0 | 1 / 0 |"
