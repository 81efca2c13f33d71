"""Captions and their edits, word for word; what grammar and tables alone make of every operation."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgdiff.records import Operation, Reason
from imgdiff.rules.reasons import BY_CODE
from services.editing.rewriting.by_template import rewrite_caption
from services.editing.rewriting.check import find_errors, find_fault
from services.editing.rewriting.kinds import same_thing
from services.editing.rewriting.mentions import extract_mentions
from services.editing.rewriting.replacements import list_replacements
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.english.inflection import article, plural

HERE = Path(__file__).parent
TABLE = list(csv.reader((HERE / "edits.tsv").read_text().splitlines()[1:], delimiter="\t"))
CAPTIONS = (HERE / "captions.txt").read_text().splitlines()
LEAST = {"replace": 95, "remove": 82, "add": 93, "recolour": 70, "move": 98, "recount": 80}  # of 100 captions
NOUNS = ("dog", "umbrella", "hot dog", "knife", "box", "sheep", "hourglass", "police officer", "orange", "glass")


@pytest.mark.parametrize(("operation", "target", "replacement", "caption", "told", "before", "after"), TABLE)
def test_an_edit_reads_exactly_so(
    operation: str, target: str, replacement: str, caption: str, told: str, before: str, after: str
) -> None:
    given = [None if word == "-" else word for word in (target, replacement, before, after)]
    made = rewrite_caption(RewriteRequest(caption, Operation(operation), given[0], given[1], 0))

    if told.startswith("rewrite."):
        assert made == Reason(code=told)
    else:
        assert made == Rewrite(caption, told, given[2], given[3])


def test_the_table_has_every_operation() -> None:
    assert {row[0] for row in TABLE} == set(Operation)


@pytest.mark.parametrize("operation", Operation)
def test_most_captions_can_be_edited_in_every_way(operation: Operation) -> None:
    made = [rewrite_caption(RewriteRequest(caption, operation, None, None, 7)) for caption in CAPTIONS]
    good = [one for one in made if isinstance(one, Rewrite)]

    assert len(good) >= LEAST[operation], Counter(one.code for one in made if isinstance(one, Reason))
    assert [one for one in good if find_fault(operation, one)] == []
    assert all((one.before is None) == (operation is Operation.ADD) for one in good)
    assert all((one.after is None) == (operation is Operation.REMOVE) for one in good)


def test_a_seed_has_one_answer_and_seeds_have_several() -> None:
    def drawn(seed: int) -> Rewrite | Reason:
        return rewrite_caption(RewriteRequest(CAPTIONS[0], Operation.REPLACE, "horse", None, seed))

    assert [drawn(seed) for seed in range(20)] == [drawn(seed) for seed in range(20)]
    assert len({str(drawn(seed)) for seed in range(20)}) > 2


@given(st.sampled_from(CAPTIONS), st.integers(0, 2**32 - 1), st.sampled_from(list(Operation)))
@settings(max_examples=150, deadline=None)
def test_articles_and_numbers_agree_after_any_edit(caption: str, seed: int, operation: Operation) -> None:
    made = rewrite_caption(RewriteRequest(caption, operation, None, None, seed))

    if isinstance(made, Rewrite):
        assert not find_errors(made.caption2)
        assert made.caption2[0].isupper() == caption[0].isupper()
        assert made.caption2[-1] == caption[-1] or not caption[-1].isalpha() or operation is not Operation.REPLACE


@given(
    st.sampled_from(["A", "The", "Two", "His", "An old", "A big"]),
    st.sampled_from(NOUNS),
    st.sampled_from(["on a table", "near an elephant, at night", "(seen by nobody) in Köln", "with 3 cups & a saucer"]),
    st.sampled_from(NOUNS),
)
@settings(max_examples=150, deadline=None)
def test_the_rest_of_the_caption_is_untouched(start: str, noun: str, rest: str, new: str) -> None:
    said = plural(noun) if start == "Two" else noun
    caption = f"{'An' if start == 'A' and article(noun) == 'an' else start} {said} {rest}!"
    made = rewrite_caption(RewriteRequest(caption, Operation.REPLACE, noun, new, 0))

    if isinstance(made, Rewrite):
        assert made.caption1 == caption
        assert made.caption2.endswith(f" {rest}!")
        assert (made.before, made.after) == (noun, new)
        first, *words = made.caption2.split()
        assert first in {start, "A", "An"}
        assert first not in {"A", "An"} or first.lower() == article(words[0])
    else:
        assert same_thing(noun, new) or made.code == "rewrite.same_thing"


@pytest.mark.parametrize(
    ("caption", "target", "never"),
    [
        ("A bird flying over a lake.", "bird", {"monkey", "squirrel", "fox"}),
        ("A man riding a horse.", "horse", {"dog", "cat", "car"}),
        ("A woman is brushing her hair.", "woman", {"man", "boy"}),
        ("A dog and a cat.", "dog", {"cat", "puppy", "animal", "poodle"}),
        ("A bowl of oranges.", "oranges", {"umbrella", "bowl"}),
        ("Two cups of coffee.", "coffee", {"cup", "apple"}),
        ("A giraffe with its trunk in the air.", "giraffe", {"camel", "rhinoceros"}),
        ("A table with a desk lamp.", "table", {"desk", "furniture"}),
    ],
)
def test_what_is_implausible_or_the_same_is_no_candidate(caption: str, target: str, never: set[str]) -> None:
    things = extract_mentions(caption)
    one = next(thing for thing in things if thing.noun in {target, target.removesuffix("s")})
    found = list_replacements(one, [thing.noun for thing in things if thing is not one])

    assert never.isdisjoint(found)
    assert not any(same_thing(noun, one.noun) for noun in found)


_PIECES = (
    "a an the two of with and , . dog dogs cups red orange is are riding on in front left Köln \u202e \n glasses "
    "scissors sheep TV 3 \" < pair there it's hot-dog people '"
)
_WORDS = st.lists(st.sampled_from(_PIECES.split(" ")), max_size=14).map(" ".join)


@given(
    st.one_of(st.text(max_size=60), _WORDS),
    st.one_of(st.none(), st.text(max_size=12), _WORDS),
    st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["left", "red", "dog", "two", "0", " "])),
    st.sampled_from(list(Operation)),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=400, deadline=None)
def test_no_text_breaks_it(
    caption: str, target: str | None, replacement: str | None, operation: Operation, seed: int
) -> None:
    made = rewrite_caption(RewriteRequest(caption, operation, target, replacement, seed))

    if isinstance(made, Reason):
        assert made.code in BY_CODE
    else:
        assert made.caption2 != made.caption1
        assert find_fault(operation, made) is None


@pytest.mark.parametrize("operation", [Operation.REPLACE, Operation.ADD])
@pytest.mark.parametrize("nothing", ["", " \u202e"])
def test_no_word_is_no_replacement(operation: Operation, nothing: str) -> None:
    made = rewrite_caption(RewriteRequest("A dog on a sofa.", operation, "dog", nothing, 1))

    assert made == Reason(code="rewrite.no_replacement")


@pytest.mark.parametrize("colour", ["grey", "gray"])
def test_another_spelling_is_no_other_colour(colour: str) -> None:
    same = RewriteRequest("A gray car.", Operation.RECOLOUR, None, colour, 1)
    drawn = [rewrite_caption(RewriteRequest("A gray car.", Operation.RECOLOUR, None, None, seed)) for seed in range(40)]

    assert rewrite_caption(same) == Reason(code="rewrite.unchanged")
    assert not any(isinstance(one, Rewrite) and "grey" in one.caption2 for one in drawn)
