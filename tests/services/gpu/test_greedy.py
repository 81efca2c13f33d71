"""What holds of a model's own generation_config: the ends of an answer, and nothing else."""

import pytest
from transformers import GenerationConfig

from services.gpu.greedy import Greedy, require_ends
from tests.services.editing.backends.tiny_llama import tiny_llama


@pytest.mark.parametrize(("known", "ends"), [([7, 9], [2, 7, 9]), (7, [2, 7]), (None, [2])])
def test_answers_end_at_every_end_of_the_model_and_at_that_of_its_tokenizer(known: object, ends: list[int]) -> None:
    model, tokenizer = tiny_llama()
    model.generation_config = GenerationConfig(eos_token_id=known, repetition_penalty=1.5, no_repeat_ngram_size=2)
    greedy = Greedy(model, tokenizer)

    assert greedy.config(5).eos_token_id == ends
    assert model.generation_config.repetition_penalty is None
    assert greedy.cut([11, 12, ends[-1], 13]) == ([11, 12], True)
    assert greedy.cut([11, 12]) == ([11, 12], False)


def test_special_tokens_are_decoded_and_can_be_removed() -> None:
    greedy = Greedy(*tiny_llama())
    text = greedy.decode([3, *tiny_llama()[1].encode("a cup", add_special_tokens=False), 0])

    assert text == "<image>a cup<pad>"
    assert greedy.remove_special(text) == "a cup"


def test_a_model_whose_answers_have_no_end_is_refused_by_its_setting() -> None:
    model, tokenizer = tiny_llama()
    require_ends(model, tokenizer, "SETTING")
    model.generation_config = GenerationConfig()
    tokenizer.eos_token = None

    with pytest.raises(ValueError, match=r"^SETTING: neither generation_config\.json nor .* states a token that ends"):
        require_ends(model, tokenizer, "SETTING")
