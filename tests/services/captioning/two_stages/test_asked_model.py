"""A model that is asked yes or no."""

import numpy as np
import pytest

from services.captioning.two_stages.asked_model import AskedModel, fit_square, read_probability
from services.captioning.two_stages.presence import PresenceQuestion
from services.captioning.two_stages.writer import Written
from tests.services.captioning.scripted import ScriptedWriter


@pytest.mark.parametrize(
    ("written", "probability"),
    [
        (Written("Yes", likeliest={"Yes": 0.6, " yes": 0.2, "No": 0.2}), 0.8),
        (Written("No", likeliest={"No": 0.9, "Maybe": 0.1}), 0.0),
        (Written("A cup", likeliest={"A": 0.9, "Yes": 0.1}), None),
        (Written("Yes."), 1.0),
        (Written("**No**, it"), 0.0),
        (Written("None of it"), None),
        (Written(""), None),
    ],
)
def test_yes_is_weighed_against_no_by_probability_or_else_by_the_word(
    written: Written, probability: float | None
) -> None:
    assert read_probability(written) == pytest.approx(probability)


def test_all_questions_are_one_call_about_crops_of_one_size_and_only_a_clear_answer_counts() -> None:
    image = np.full((60, 90, 3), 200, np.uint8)
    shares = {"cup": 0.9, "dog": 0.1, "cat": 0.5}

    def answer(prompt):
        (yes,) = (share for noun, share in shares.items() if f"a {noun}?" in prompt.instruction)
        return Written("", likeliest={"Yes": yes, "No": 1 - yes})

    writer = ScriptedWriter(answer)
    boxes = [(0, 0, 10, 40), (20, 20, 80, 30), (0, 0, 90, 60)]
    questions = [PresenceQuestion(image, box, noun) for box, noun in zip(boxes, shares, strict=True)]

    assert AskedModel(writer).find(questions) == [True, False, None]
    (call,) = writer.calls
    assert {prompt.images[0].shape for prompt in call} == {(448, 448, 3)}
    assert {(prompt.max_new_tokens, prompt.likeliest) for prompt in call} == {(2, 20)}


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (700, 3), (448, 448)])
def test_crops_of_any_shape_fit_a_square(shape: tuple[int, int]) -> None:
    square = fit_square(np.full((*shape, 3), 255, np.uint8), 448)

    assert square.shape == (448, 448, 3)
    assert square.max() == 255
