"""The grammar of the sentences."""

from dataclasses import replace

import pytest

from imgdiff.records import Change
from services.captioning.observation.finding import Finding
from services.captioning.observation.sentences import place_phrase, summarise, write_sentence

BOX = (0, 40, 20, 60)


def _finding(change: Change, label1=None, label2=None, colour1=None, colour2=None) -> Finding:
    return Finding(BOX, change, label1, label2, colour1, colour2)


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (_finding(Change.ADDED, None, "umbrella"), "An umbrella on the left has been added."),
        (_finding(Change.ADDED, None, "car", None, "red"), "A red car on the left has been added."),
        (_finding(Change.REMOVED), "Something on the left has been removed."),
        (_finding(Change.REPLACED, "dog", "cat"), "The dog on the left has been replaced by a cat."),
        (_finding(Change.REPLACED, "dog"), "The dog on the left has been replaced by something else."),
        (_finding(Change.CHANGED, "dog", "dog"), "The dog on the left has changed."),
        (_finding(Change.RECOLOURED, "car", "car", "red", "blue"), "The car on the left has changed from red to blue."),
        (_finding(Change.RECOLOURED, "car", "car", "red", "red"), "The car on the left has changed colour."),
        (_finding(Change.MOVED, "car", None, "red"), "The red car on the left has moved."),
        (_finding(Change.ADDED, None, "sunglasses"), "Sunglasses on the left have been added."),
        (_finding(Change.REMOVED, "parallel bars"), "The parallel bars on the left have been removed."),
        (_finding(Change.REMOVED, "orange", None, "yellow"), "The orange on the left has been removed."),
        (_finding(Change.REPLACED, "scissors", "skis"), "The scissors on the left have been replaced by skis."),
        (_finding(Change.RECOLOURED, "skis", "skis"), "The skis on the left have changed colour."),
        (_finding(Change.MOVED, "scissors", None, "red"), "The red scissors on the left have moved."),
        (_finding(Change.ADDED, None, "broccoli", None, "green"), "Green broccoli on the left has been added."),
        (replace(_finding(Change.CHANGED, "car", "car"), count=2), "The two cars on the left have changed."),
        (
            replace(_finding(Change.ADDED, None, "scissors"), count=2),
            "Two pairs of scissors on the left have been added.",
        ),
    ],
)
def test_one_change_is_one_sentence(finding: Finding, text: str) -> None:
    assert write_sentence(finding, place_phrase(BOX, 100, 100)) == text


@pytest.mark.parametrize(
    ("label", "to", "text"),
    [
        ("cup", "at the top right", "The cup has moved from the left to the top right."),
        ("cup", "in the centre", "The cup has moved from the left to the centre."),
        (None, "at the top", "Something has moved from the left to the top."),
        ("cup", "on the left", "The cup on the left has moved."),
    ],
)
def test_a_move_has_both_places_where_words_distinguish_them(label, to: str, text: str) -> None:
    assert write_sentence(_finding(Change.MOVED, label), place_phrase(BOX, 100, 100), to) == text


@pytest.mark.parametrize(
    ("findings", "wheres", "text"),
    [
        (
            [_finding(Change.ADDED, None, "car")] * 2,
            ["on the left", "at the top"],
            "Two cars on the left and at the top have been added.",
        ),
        ([_finding(Change.ADDED, None, "person")] * 2, ["on the left"] * 2, "Two people on the left have been added."),
        ([_finding(Change.REMOVED, "car")] * 5, ["a", "b", "c", "d", "e"], "Five cars have been removed."),
        (
            [_finding(Change.CHANGED)] * 2,
            ["on the left", "at the top"],
            "Something has changed in two places, on the left and at the top.",
        ),
        (
            [_finding(Change.REMOVED, "cup"), _finding(Change.ADDED, None, "cup")],
            ["on the left", "at the top"],
            "The cup on the left has been removed. A cup at the top has been added.",
        ),
    ],
)
def test_equal_changes_share_a_sentence(findings: list[Finding], wheres: list[str], text: str) -> None:
    said = [(one, where, write_sentence(one, where)) for one, where in zip(findings, wheres, strict=True)]

    assert summarise(said) == text


def test_no_finding_has_no_sentence() -> None:
    assert summarise([]) is None


@pytest.mark.parametrize(
    ("box", "where"),
    [
        ((0, 0, 20, 20), "at the top left"),
        ((40, 40, 60, 60), "in the centre"),
        ((80, 40, 100, 60), "on the right"),
        ((40, 80, 60, 100), "at the bottom"),
        ((0, 0, 100, 100), "in the centre"),
    ],
)
def test_places_are_thirds_of_the_picture(box: tuple[int, int, int, int], where: str) -> None:
    assert place_phrase(box, 100, 100) == where


@pytest.mark.parametrize(
    ("change", "text1", "text2", "sentence"),
    [
        (Change.CHANGED, "12,500", "17,500", 'The text "12,500" on the left has been changed to "17,500".'),
        (Change.ADDED, None, "Save", 'The text "Save" on the left has been added.'),
        (Change.REMOVED, "Save", None, 'The text "Save" on the left has been removed.'),
        (Change.MOVED, "Save", "Save", 'The text "Save" has moved from the left to the right.'),
        (Change.RECOLOURED, "Save", "Save", 'The text "Save" on the left has changed colour.'),
        (Change.CHANGED, "Save", "Save", 'The text "Save" on the left looks different.'),
    ],
)
def test_a_text_is_quoted(change: Change, text1: str | None, text2: str | None, sentence: str) -> None:
    finding = replace(_finding(change), text1=text1, text2=text2)
    assert write_sentence(finding, "on the left", "on the right") == sentence


def test_a_long_text_is_quoted_with_an_ellipsis() -> None:
    long = "The quick brown fox jumps over the lazy dog and then over the fence once more"
    finding = replace(_finding(Change.ADDED), text2=long)
    quoted = write_sentence(finding, "on the left").split('"')[1]
    assert quoted == "The quick brown fox jumps over the lazy dog and then over\u2026"


def _summary(findings: list[Finding]) -> str | None:
    places = ["on the left", "on the right", "at the top", "at the bottom"]
    wheres = [places[index % 4] for index in range(len(findings))]
    return summarise([(one, where, write_sentence(one, where)) for one, where in zip(findings, wheres, strict=True)])


@pytest.mark.parametrize(
    ("findings", "summary"),
    [
        (
            [_finding(Change.RECOLOURED, colour1="grey", colour2="red")] * 28,
            "Something has changed from grey to red in 28 places.",
        ),
        (
            [_finding(Change.RECOLOURED, colour1="grey", colour2=one) for one in ("red", "blue", "green", "pink")],
            "Something has changed colour in four places.",
        ),
        ([_finding(Change.MOVED)] * 4, "Something has moved in four places."),
        (
            [replace(_finding(Change.CHANGED), text1=str(one), text2=str(one + 1)) for one in range(10, 17)],
            "Text has been changed in seven places.",
        ),
        (
            [replace(_finding(Change.ADDED), text2=one) for one in ("Save", "Open")],
            'The text "Save" on the left has been added. The text "Open" on the right has been added.',
        ),
    ],
)
def test_many_equal_changes_are_counted(findings: list[Finding], summary: str) -> None:
    assert _summary(findings) == summary
