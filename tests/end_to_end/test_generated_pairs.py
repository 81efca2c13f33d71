"""A client's generated pair with its captions through a whole set, as the authors' own test pair goes."""

import pytest

from imgdiff import Client
from imgdiff.boxes import iou
from imgdiff.records import Change, Record, Verdict
from tests.drifted_pair import PLACE, drifted_pair


def _compare(served, *nouns: str, swapped: bool = False) -> Record:
    """The record in a dataset of its own, since curate keeps one of each pair."""
    images, captions = drifted_pair(), [f"A {noun} beside an astronaut." for noun in nouns]
    one, two = images[::-1] if swapped else images
    with Client(served.url) as client:
        return client.compare(
            one,
            two,
            policy="curate",
            dataset="-".join(nouns),
            caption1=captions[0],
            caption2=captions[1],
            wait_seconds=60,
            keep_rejected=False,
        )


@pytest.mark.parametrize(("nouns", "swapped"), [(("cat", "cup"), False), (("cup", "cat"), True)])
def test_the_exchanged_thing_is_found_and_said_to_be_replaced(served, nouns: tuple[str, str], *, swapped: bool) -> None:
    record = _compare(served, *nouns, swapped=swapped)

    assert record.verdict is Verdict.DIFFERENT
    (region,) = record.regions
    assert region.box is not None
    assert iou(region.box, PLACE) > 0.7
    assert region.change is Change.REPLACED
    assert (region.label1, region.label2) == nouns
    assert "replaced by" in (record.caption or "")


def test_nothing_is_said_of_what_is_in_neither_image(served) -> None:
    record = _compare(served, "bicycle", "boat")

    assert record.verdict is Verdict.UNDETERMINED
    assert record.regions == ()
