"""Both stages over a scripted writer and matcher: who is asked what, in which order, and who pays for a fault."""

from collections.abc import Sequence

import numpy as np
import pytest

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WorkCancelled
from imgdiff.images import RGB
from imgdiff.records import Policy
from services.captioning.two_stages.joined_pair import join, mark
from services.captioning.two_stages.stages import CaptionPair, describe
from services.captioning.two_stages.writer import Prompt, Written
from tests.services.captioning.scripted import CONTENT, DIFFERENCE, ScriptedMatcher, ScriptedWriter

LIMITS = {"caption.mismatch": 0.4, "caption.too_similar": 0.85}
BOX, OTHER = (10, 10, 30, 30), (40, 5, 60, 45)


def _images(seed: int = 0) -> tuple[RGB, RGB]:
    chance = np.random.default_rng(seed)
    one, two = (chance.integers(0, 256, (50, 80, 3), np.uint8) for _ in range(2))
    return one, two


def _pair(*boxes: tuple, policy: Policy = Policy.DESCRIBE, seed: int = 0, **given: object) -> CaptionPair:
    return CaptionPair(_images(seed), boxes or (BOX,), policy, LIMITS, **given)


def test_stage_one_shows_whole_images_and_names_the_box_in_numbers() -> None:
    writer = ScriptedWriter()
    pair = _pair(BOX)
    describe([pair], writer, ScriptedMatcher())

    first, second = writer.calls[0]
    assert first.images[0] is pair.images[0]
    assert second.images[0] is pair.images[1]
    assert all("[0.12, 0.20, 0.38, 0.60]" in prompt.instruction for prompt in (first, second))
    assert (first.max_new_tokens, first.schema) == (64, None)
    assert "Describe clearly" in first.instruction


def test_stage_one_may_ask_for_a_noun_phrase() -> None:
    writer = ScriptedWriter(lambda prompt: "A cup." if prompt.instruction.startswith(CONTENT) else "The cup changed.")
    ((described,),) = describe([_pair(BOX)], writer, ScriptedMatcher(), content="phrase")

    assert {prompt.schema for prompt in writer.calls[0]} == {"caption"}
    assert all("noun phrase" in prompt.instruction for prompt in writer.calls[0])
    assert described.texts == ("a cup", "a cup")


def test_stage_two_shows_the_red_boxes_side_by_side_with_both_captions() -> None:
    writer = ScriptedWriter(lambda prompt: "a dog" if prompt.instruction.startswith(CONTENT) else "The dog changed.")
    pair = _pair(BOX)
    ((described,),) = describe([pair], writer, ScriptedMatcher())
    (prompt,) = writer.calls[1]

    assert np.array_equal(prompt.images[0], join(mark(pair.images[0], BOX), mark(pair.images[1], BOX)))
    assert prompt.instruction.count('"a dog"') == 2
    assert prompt.max_new_tokens == 128
    assert described.difference.text == "The dog changed."


def test_all_regions_of_all_pairs_are_one_list_a_stage() -> None:
    writer, matcher = ScriptedWriter(), ScriptedMatcher()
    answers = describe([_pair(BOX, OTHER), _pair(BOX, seed=1), _pair(seed=2)], writer, matcher)

    assert [len(call) for call in writer.calls] == [8, 4]
    assert [len(answer) for answer in answers] == [2, 1, 1]


def test_each_caption_is_matched_on_the_grown_crop_of_its_own_image() -> None:
    names = iter(["a dog", "a cat"])
    writer = ScriptedWriter(lambda prompt: next(names) if prompt.instruction.startswith(CONTENT) else "It changed.")
    matcher = ScriptedMatcher()
    pair = _pair(BOX)
    describe([pair], writer, matcher)

    assert [text for _, text in matcher.matched] == ["a dog", "a cat"]
    for (crop, _), image in zip(matcher.matched, pair.images, strict=True):
        assert np.array_equal(crop, image[5:35, 5:35])


def _names(*captions: str) -> ScriptedWriter:
    """The content captions in order; a sentence for every second question."""
    rest = iter(captions)
    return ScriptedWriter(lambda prompt: next(rest) if prompt.instruction.startswith(CONTENT) else "The dog changed.")


@pytest.mark.parametrize("bad", [0, 1])
def test_under_curate_one_mismatch_drops_the_region_before_anything_dearer_is_asked(bad: int) -> None:
    captions = ["a dog", "a cat"]
    matcher = ScriptedMatcher(by_text={captions[bad]: 0.39})
    writer = _names(*captions)
    ((described,),) = describe([_pair(policy=Policy.CURATE)], writer, matcher)

    assert (len(writer.calls), matcher.likened, described.difference) == (1, [], None)
    assert min(described.scores.text_match1, described.scores.text_match2) == 0.39
    assert described.scores.caption_similarity is None


def test_under_curate_like_captions_drop_the_region_before_the_second_stage() -> None:
    writer = _names("a dog", "a puppy")
    ((described,),) = describe([_pair(policy=Policy.CURATE)], writer, ScriptedMatcher(alike=0.86))

    assert (len(writer.calls), described.difference, described.scores.caption_similarity) == (1, None, 0.86)


def test_under_describe_the_gates_only_report_and_the_region_is_asked_about() -> None:
    writer = _names("a dog", "a puppy")
    ((described,),) = describe([_pair()], writer, ScriptedMatcher(match=0.0, alike=0.99))

    assert described.difference.text == "The dog changed."
    assert (described.scores.text_match1, described.scores.caption_similarity) == (0.0, 0.99)


def test_only_the_regions_that_a_gate_left_are_asked_about_again_each_with_its_own_answer() -> None:
    writer = _names("a dog", "a cat", "a bad one", "a bird", "a cup", "a plate")
    described = describe(
        [_pair(BOX, OTHER, (0, 0, 5, 5), policy=Policy.CURATE)], writer, ScriptedMatcher(by_text={"a bad one": 0})
    )

    assert [one.difference is None for one in described[0]] == [False, True, False]
    assert ['"a dog"' in asked for asked in writer.asked[6:]] == [True, False]
    assert '"a plate"' in writer.asked[7]


def test_defect_thresholds_are_open_a_score_on_the_threshold_passes() -> None:
    ((described,),) = describe([_pair(policy=Policy.CURATE)], ScriptedWriter(), ScriptedMatcher(match=0.4, alike=0.85))

    assert described.difference is not None


def test_a_region_without_a_content_caption_is_not_asked_about_again() -> None:
    writer = _names("", "a cat")
    matcher = ScriptedMatcher()
    ((described,),) = describe([_pair()], writer, matcher)

    assert (described.content1.code, described.content2.text, described.difference) == ("text.empty", "a cat", None)
    assert len(matcher.matched) == 1
    assert (described.scores.text_match1, described.scores.text_match2) == (None, 0.9)


def test_answers_do_not_depend_on_who_shares_the_batch() -> None:
    def answer(prompt: Prompt) -> str:
        return f"The dog {int(prompt.images[0].astype(int).sum()) % 97} of {prompt.instruction[20:48]}".replace("[", "")

    pairs = [_pair(BOX, OTHER, seed=seed, policy=policy) for seed, policy in enumerate(Policy)]
    together = describe(pairs, ScriptedWriter(answer), ScriptedMatcher())
    alone = [describe([pair], ScriptedWriter(answer), ScriptedMatcher())[0] for pair in pairs]

    assert together == alone
    assert together[0] != together[1]


def test_a_pair_whose_caller_goes_between_the_stages_is_not_asked_about_again() -> None:
    gone = []

    def answer(prompt: Prompt) -> str:
        gone.append(1)
        return "a dog" if prompt.instruction.startswith(CONTENT) else "The dog changed."

    writer = ScriptedWriter(answer)
    answers = describe([_pair(is_cancelled=lambda: bool(gone)), _pair(seed=1)], writer, ScriptedMatcher())

    assert isinstance(answers[0], WorkCancelled)
    assert answers[1][0].difference.text == "The dog changed."
    assert [len(call) for call in writer.calls] == [4, 1]


def test_a_pair_whose_caller_had_gone_before_asks_nothing() -> None:
    writer = ScriptedWriter()
    (answer,) = describe([_pair(is_cancelled=lambda: True)], writer, ScriptedMatcher())

    assert isinstance(answer, WorkCancelled)
    assert writer.calls == []


@pytest.mark.parametrize("start", [CONTENT, DIFFERENCE])
def test_a_prompt_that_fails_fails_its_own_pair_only(start: str) -> None:
    one, two = _images()
    narrow = CaptionPair((one[:, :70], two[:, :70]), (BOX, OTHER), Policy.DESCRIBE, LIMITS)

    def answer(prompt: Prompt) -> str | ImgdiffError:
        mine = prompt.images[0].shape[1] in {70, 70 + 20 + 70}
        failing = mine and prompt.instruction.startswith(start)
        return ServiceUnavailable("away", retry_after=3) if failing else "a dog"

    answers = describe([narrow, _pair(seed=1)], ScriptedWriter(answer), ScriptedMatcher())

    assert isinstance(answers[0], ServiceUnavailable)
    assert answers[0].retry_after == 3
    assert answers[1][0].difference.text == "a dog."


def test_a_network_that_breaks_on_a_batch_is_asked_about_each_pair_alone() -> None:
    class Breaking(ScriptedMatcher):
        def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
            if any(crop.shape[0] == 15 for crop in crops):
                raise ZeroDivisionError
            return super().match(crops, texts)

    answers = describe([_pair((0, 0, 10, 10)), _pair(BOX), _pair(OTHER)], ScriptedWriter(), Breaking())

    assert [isinstance(answer, ImgdiffError) for answer in answers] == [True, False, False]
    assert "ZeroDivisionError" in answers[0].detail


def test_a_device_that_is_too_small_is_an_error_for_every_pair_with_regions_and_for_no_other() -> None:
    class TooSmall(ScriptedWriter):
        def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
            raise ServiceUnavailable("one row does not fit", retry_after=30)

    empty = CaptionPair(_images(), (), Policy.DESCRIBE, LIMITS)
    answers = describe([_pair(), empty, _pair(seed=1)], TooSmall(), ScriptedMatcher())

    assert [type(answer) for answer in answers] == [ServiceUnavailable, list, ServiceUnavailable]


def test_defect_a_score_that_is_no_number_is_an_error_and_no_pass() -> None:
    (answer,) = describe([_pair()], ScriptedWriter(), ScriptedMatcher(match=float("nan")))

    assert isinstance(answer, ImgdiffError)
    assert "FloatingPointError" in answer.detail


def test_two_hundred_regions_go_through_together() -> None:
    boxes = [(x, y, x + 4, y + 4) for y in range(0, 40, 4) for x in range(0, 80, 4)]
    writer = ScriptedWriter()
    (described,) = describe([_pair(*boxes)], writer, ScriptedMatcher())

    assert [len(call) for call in writer.calls] == [400, 200]
    assert all(one.difference.text for one in described)
