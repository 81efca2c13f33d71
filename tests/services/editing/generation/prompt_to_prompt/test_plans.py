"""Whose attention a token gets, and in which steps."""

import numpy as np
import pytest

from services.editing.generation.prompt_to_prompt.planning import plan_edit
from services.editing.generation.prompt_to_prompt.plans import PairPlan, count_steps
from services.editing.generation.prompt_to_prompt.words import Tokenise, is_change_cut_off

CAT, DOG = "a photo of a cat on a sofa", "a photo of a large dog on a sofa"


def test_shares_are_counted_in_whole_steps() -> None:
    assert [count_steps(share, 50) for share in (0, 0.4, 0.41, 1)] == [0, 20, 20, 50]
    assert count_steps(0.29, 100) == 29


def test_equal_prompts_lend_everything_to_itself(tokenise: Tokenise) -> None:
    edit = plan_edit(CAT, CAT, [tokenise, tokenise], nouns=(None, None))
    lent, own = PairPlan(edit).lending(0, 50)

    assert np.array_equal(lent, np.eye(77))
    assert not own.any()


def test_refine_lends_to_what_stayed_and_leaves_new_words_their_own(tokenise: Tokenise) -> None:
    edit = plan_edit(CAT, DOG, [tokenise, tokenise], nouns=("cat", "dog"))
    lent, own = PairPlan(edit).lending(0, 50)
    words = ["", *DOG.split(), ""]

    assert [words[place] for place in np.flatnonzero(own[:11])] == ["large", "dog"]
    assert lent[:, 5:7].sum() == 0
    assert [int(np.argmax(lent[:, place])) for place in (0, 4, 7, 10)] == [0, 4, 6, 9]
    assert (edit.before, edit.after) == ((5,), (6,))


def test_tokenizers_that_disagree_share_only_what_both_align(tokenise: Tokenise) -> None:
    edit = plan_edit(CAT, CAT, [tokenise, lambda text: [hash(text)] * 10], nouns=(None, None))

    assert np.array_equal(edit.lent, np.eye(77))
    other = plan_edit(CAT, DOG, [tokenise, lambda text: [len(text)] * 10], nouns=("cat", "dog"))
    assert other.held[1:11].sum() == 0
    assert other.held[0] == 1


def test_replace_lends_the_old_words_place_to_the_new_one(tokenise: Tokenise) -> None:
    edit = plan_edit(CAT, CAT.replace("cat", "axolotl"), [tokenise], kind="replace", nouns=("cat", "axolotl"))

    assert edit.held.sum() >= 76
    assert edit.lent[5, 5:9].sum() == pytest.approx(1)
    more = CAT.replace("a cat", "a brown cat")
    assert plan_edit(CAT, more, [tokenise], kind="replace", nouns=("cat", "cat")).held[5] == 0  # a word was added


def test_after_its_share_of_the_steps_an_edit_is_on_its_own(tokenise: Tokenise) -> None:
    plan = PairPlan(plan_edit(CAT, DOG, [tokenise], nouns=("cat", "dog")), cross_share=0.8)

    for step in range(10):
        lent, own = plan.lending(step, 10)
        assert (lent[0].sum() == 1) == (step < 8)
        assert (own[1] == 0) == (step < 8)
        assert own[6] == 1
        assert lent[:, 6].sum() == 0


def test_a_weight_is_the_new_nouns_alone_and_lasts_for_all_steps(tokenise: Tokenise) -> None:
    plain = PairPlan(plan_edit(CAT, DOG, [tokenise], nouns=("cat", "dog")), cross_share=0.5)
    heavy = PairPlan(plan_edit(CAT, DOG, [tokenise], nouns=("cat", "dog"), weight=3), cross_share=0.5)
    others = [place for place in range(77) if place != 6]

    for step in (0, 9):
        for one, two in zip(plain.lending(step, 10), heavy.lending(step, 10), strict=True):
            assert np.array_equal(one[..., others], two[..., others])
        assert heavy.lending(step, 10)[1][6] == 3


def test_without_nouns_the_places_are_those_that_changed(tokenise: Tokenise) -> None:
    edit = plan_edit(CAT, DOG, [tokenise], nouns=(None, None), weight=2)

    assert (edit.before, edit.after) == ((5,), (5, 6))
    assert list(np.flatnonzero(edit.weights == 2)) == [5, 6]
    removed = plan_edit(CAT, "a photo of a sofa", [tokenise], nouns=("cat", None))
    assert (removed.before, removed.after) == ((5,), ())


def test_an_edit_is_unread_where_all_encoders_are_cut_off_before_it(tokenise: Tokenise) -> None:
    edge = "word " * 74

    assert not is_change_cut_off(edge + "cat", edge + "dog", [tokenise])
    assert is_change_cut_off(edge + "word cat", edge + "word dog", [tokenise])
    assert not is_change_cut_off(
        edge + "word cat", edge + "word dog", [tokenise, lambda text: [len(text.split()), ord(text[-1])]]
    )
    assert not is_change_cut_off("a cat", "a cat", [tokenise])
    assert not is_change_cut_off("", "", [tokenise])


def test_a_caption_of_a_thousand_words_is_cut_to_what_the_encoders_read(tokenise: Tokenise) -> None:
    long = "word " * 1000
    edit = plan_edit(long + "cat", long + "dog", [tokenise, tokenise], nouns=("cat", "dog"))

    assert np.array_equal(edit.lent, np.eye(77))
    assert (edit.before, edit.after) == ((), ())
