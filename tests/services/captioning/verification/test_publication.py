"""What is published of a draft: as much of its finding as the evidence supports."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from imgdiff.evidence import Outcome, Word, WordSource
from imgdiff.records import Change
from services.captioning.observation.finding import Finding
from services.captioning.observation.sentences import Draft
from services.captioning.verification.publication import Publication, publish
from tests.services.captioning.verification.conftest import Scene

Scenes = Mapping[str, Scene]
BOX = (0, 0, 10, 10)
WHERE = "at the top right"
CUP = Finding(BOX, Change.ADDED, None, "cup", colour2="red")


def _publish(finding: Finding, scene: Scene, where: str = WHERE, went: str | None = None) -> Publication:
    (published,) = publish([Draft(finding, where, went, scene)], {})
    return published


@pytest.mark.parametrize(
    ("scene", "finding", "where", "went", "text"),
    [
        ("cup_added", CUP, WHERE, None, "A red cup at the top right has been added."),
        (
            "dog_to_cat",
            Finding(BOX, Change.REPLACED, "dog", "cat", "brown", "grey"),
            "on the left",
            None,
            "The brown dog on the left has been replaced by a grey cat.",
        ),
        (
            "car_blue",
            Finding(BOX, Change.RECOLOURED, "car", "car", "red", "blue"),
            "in the centre",
            None,
            "The car in the centre has changed from red to blue.",
        ),
        (
            "cars_gone",
            Finding(BOX, Change.REMOVED, "car", None, count=2),
            "at the bottom left",
            None,
            "The two cars at the bottom left have been removed.",
        ),
        (
            "vase_moved",
            Finding(BOX, Change.MOVED, "vase", None, "blue"),
            "on the left",
            "on the right",
            "The blue vase has moved from the left to the right.",
        ),
        (
            "cup_added",
            Finding(BOX, Change.ADDED, None, None, near="table"),
            WHERE,
            None,
            "Something next to a table at the top right has been added.",
        ),
        (
            "car_blue",
            Finding(BOX, Change.CHANGED, "car", "car"),
            "in the centre",
            None,
            "The car in the centre has changed.",
        ),
    ],
)
def test_what_the_evidence_supports_is_published_as_it_was(
    scenes: Scenes, scene: str, finding: Finding, where: str, went: str | None, text: str
) -> None:
    published = _publish(finding, scenes[scene], where, went)

    assert (published.finding, published.text) == (finding, text)
    assert published.check is not None
    assert (published.check.outcome, published.check.objections) == (Outcome.VERIFIED, ())


@pytest.mark.parametrize(
    ("finding", "code", "text"),
    [
        (replace(CUP, label2="teapot"), "text.unsupported", "Something red at the top right has been added."),
        (replace(CUP, label2="table"), "text.outside", "Something red at the top right has been added."),
        (replace(CUP, colour2="green"), "text.wrong_colour", "A cup at the top right has been added."),
        (replace(CUP, count=2), "text.wrong_count", "A red cup at the top right has been added."),
        (
            replace(CUP, label2=None, colour2=None, near="car"),
            "text.unsupported",
            "Something at the top right has been added.",
        ),
    ],
)
def test_what_it_does_not_support_is_left_out(scenes: Scenes, finding: Finding, code: str, text: str) -> None:
    published = _publish(finding, scenes["cup_added"])

    assert published.text == text
    assert published.check is not None
    assert [one.code for one in published.check.objections] == [code]
    assert published.check.outcome is Outcome.REPAIRED
    assert published.check.written == Draft(finding, WHERE, None, scenes["cup_added"]).text


def test_a_noun_is_checked_in_the_image_that_it_is_claimed_of(scenes: Scenes) -> None:
    check = _publish(Finding(BOX, Change.REPLACED, "cat", "dog"), scenes["dog_to_cat"], "on the left").check

    assert check is not None
    assert [one.code for one in check.objections] == ["text.wrong_image"] * 2


@pytest.mark.parametrize(
    ("finding", "where", "code"),
    [
        (replace(CUP, label2=None), "at the bottom left", "text.wrong_place"),
        (Finding(BOX, Change.REMOVED, None, None), WHERE, "text.wrong_image"),
    ],
)
def test_a_wrong_place_and_a_wrong_kind_of_change_drop_the_sentence(
    scenes: Scenes, finding: Finding, where: str, code: str
) -> None:
    published = _publish(finding, scenes["cup_added"], where)

    assert published.text is None
    assert published.check is not None
    assert (published.check.outcome, published.check.objections[0].code) == (Outcome.DROPPED, code)


@pytest.mark.parametrize(
    ("finding", "inside1", "inside2"),
    [(CUP, {"cup": 1}, {}), (Finding(BOX, Change.REMOVED, "cup", None, "red"), {}, {"cup": 1})],
)
def test_what_the_evidence_shows_in_the_other_image_alone_is_not_said_to_have_come_or_gone(
    finding: Finding, inside1: dict[str, int], inside2: dict[str, int]
) -> None:
    colours = {"red": 0.9}
    pixels_agree = frozenset({finding.change})
    scene = Scene(
        inside1, inside2, at=frozenset({"top", "right"}), change=pixels_agree, colours1=colours, colours2=colours
    )

    published = _publish(finding, scene)

    assert (published.text, published.finding.change, published.finding.label1, published.finding.label2) == (
        None,
        Change.CHANGED,
        None,
        None,
    )
    assert published.check is not None
    assert published.check.outcome is Outcome.DROPPED


def test_without_verification_nothing_is_checked(scenes: Scenes) -> None:
    (published,) = publish([Draft(CUP, "at the bottom left", None, scenes["cup_added"])], {}, verify=False)

    assert (published.check, published.text) == (None, "A red cup at the bottom left has been added.")


def test_a_place_that_something_came_to_has_the_sentence_of_the_place_that_it_left(scenes: Scenes) -> None:
    word = Word(text="vase", source=WordSource.DETECTOR)
    left = Finding(BOX, Change.MOVED, "vase", None, words=(word,))
    came = Finding((50, 0, 60, 10), Change.MOVED, None, "vase")
    vase = scenes["vase_moved"]
    drafts = [Draft(left, "on the left", "on the right", vase), Draft(came, "on the right", None, vase)]

    first, second = publish(drafts, {0: 1})

    assert first.text == second.text == "The vase has moved from the left to the right."
    assert (second.finding, second.words) == (came, first.words)


TEXT = Finding(BOX, Change.CHANGED, None, None, text1="12,500", text2="17,500")


def test_a_text_is_published_where_both_images_read_so() -> None:
    published = _publish(TEXT, Scene(text1="12,500", text2="17,500", change=frozenset({Change.CHANGED})))
    assert published.text == f'The text "12,500" {WHERE} has been changed to "17,500".'
    assert published.check is not None
    assert published.check.outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        (Scene(text1="12,500", text2="12,500"), "text.unsupported"),
        (Scene(text1="17,500", text2="12,500"), "text.wrong_image"),
    ],
)
def test_a_text_that_an_image_does_not_read_is_left_out(scene: Scene, code: str) -> None:
    published = _publish(TEXT, replace(scene, change=frozenset({Change.CHANGED})))
    assert published.text == f"Something {WHERE} has changed."
    assert published.check is not None
    assert published.check.outcome is Outcome.REPAIRED
    assert code in {one.code for one in published.check.objections}
