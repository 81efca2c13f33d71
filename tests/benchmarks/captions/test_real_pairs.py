"""Regions of labelled real pairs are matched once and scored by their labels."""

from benchmarks.captions.engines import FoundRegion
from benchmarks.captions.real_pairs import SCORERS, SourceTally
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion


def _region(change: Change, label1: str | None = None, label2: str | None = None, **more: object) -> CaptionedRegion:
    return CaptionedRegion.model_validate(
        {"change": change, "label1": label1, "label2": label2, "caption": "It has changed.", "kept": True, **more}
    )


def test_a_labelled_region_is_matched_once_and_the_rest_is_elsewhere() -> None:
    boxes = [(10, 10, 60, 60), (12, 10, 62, 60), (100, 0, 150, 40)]
    found = [
        FoundRegion(box, _region(Change.ADDED, None, noun))
        for box, noun in zip(boxes, ("truck", "car", "toilet"), strict=True)
    ]
    tally = SourceTally()

    SCORERS["parking_pklot"](tally, {"source": "lot", "boxes": [list(boxes[0])], "labels": ["car appeared"]}, found)

    assert (tally.found, tally.kind, tally.reversed_) == ([True], [True], [False])
    assert (tally.expected, tally.confirmed, tally.elsewhere) == ([True], [True], [True, True])
