"""A finding with less in it."""

from imgdiff.evidence import Word, WordSource
from imgdiff.records import Change
from services.captioning.observation.finding import Finding

BOX = (0, 0, 10, 10)


def test_a_wrong_count_becomes_one_thing() -> None:
    words = tuple(Word(text=text, source=WordSource.DETECTOR) for text in ("cups", "two", "red"))
    one = Finding(BOX, Change.CHANGED, None, "cup", count=2, words=words).as_single

    assert (one.count, one.label2, [word.text for word in one.words]) == (1, "cup", ["cup", "red"])


def test_a_finding_without_nouns_keeps_what_pixels_show() -> None:
    words = (Word(text="cup", source=WordSource.DETECTOR), Word(text="red", source=WordSource.PIXELS))
    bare = Finding(BOX, Change.ADDED, None, "cup", colour2="red", count=2, near="table", words=words).without_nouns

    assert (bare.label2, bare.colour2, bare.count, bare.near) == (None, "red", 1, None)
    assert [word.text for word in bare.words] == ["red"]
