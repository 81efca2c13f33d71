"""Reads which image two captions and an instruction claim to show a thing or a colour."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from imgdiff.evidence import ImageNumber
from services.captioning.direction.claimed_sides import ClaimedSides, ClaimedThing
from services.captioning.direction.instructions import read_command
from services.captioning.limits import MOST_CLAIMED_THINGS
from services.captioning.verification.claims import Claims
from services.captioning.verification.reading import read_claims
from services.english.colours import COLOURS, terms_of
from services.english.exchange import compare_nouns
from services.english.lexicon import lexicon
from services.english.phrases import find_phrases
from services.english.tokens import split_sentences


def read_claimed_sides(caption1: str | None, caption2: str | None, instruction: str | None) -> ClaimedSides:
    """What they claim of one image alone; what is claimed of both, by either of them, is left out."""
    things = [*_exchanged_things(caption1, caption2)]
    colours = [*_exchanged_colours(caption1, caption2)]
    for claims in _claims_of(instruction):
        single = [one for one in claims.things if len(one.sides) == 1 and not one.anchor]
        things += [ClaimedThing(one.noun, one.sides[0]) for one in single]
        colours += _turned_colours(claims)
    return ClaimedSides(_one_sided(things), tuple(dict.fromkeys(colours)))


def _claims_of(instruction: str | None) -> Iterator[Claims]:
    """Of every sentence that states a change; none where one of them is not plain."""
    if instruction is None:
        return
    sentences = [instruction[tokens[0].start : tokens[-1].end] for tokens in split_sentences(instruction)]
    commands = [read_command(sentence) for sentence in sentences]
    if None not in commands:
        for command in commands:
            yield from (claims for claims in read_claims(command or "") if claims.events)


def _one_sided(claimed: Iterable[ClaimedThing]) -> tuple[ClaimedThing, ...]:
    """The claims that no other one opposes, neither of the same thing nor of a kind of it."""
    sides: dict[str, set[ImageNumber]] = defaultdict(set)
    first: dict[str, ClaimedThing] = {}
    for one in claimed:
        sides[one.noun].add(one.image)
        first.setdefault(one.noun, one)
    opposed = {
        noun
        for noun, images in sides.items()
        for other, others in sides.items()
        if len(images) > 1 or (images != others and (lexicon().is_a(noun, other) or lexicon().is_a(other, noun)))
    }
    return tuple(one for noun, one in first.items() if noun not in opposed)[:MOST_CLAIMED_THINGS]


def _exchanged_things(caption1: str | None, caption2: str | None) -> Iterator[ClaimedThing]:
    """The nouns that one of two captions names and the other does not."""
    nouns = compare_nouns(caption1, caption2)
    yield from (ClaimedThing(noun, 1, anywhere=True) for noun in nouns.gone)
    yield from (ClaimedThing(noun, 2, anywhere=True) for noun in nouns.new)


def _exchanged_colours(caption1: str | None, caption2: str | None) -> Iterator[tuple[str, str]]:
    """The colours of things that both captions name once, with one colour each."""
    first, second = _coloured(caption1), _coloured(caption2)
    for noun, before in first.items():
        after = second.get(noun)
        if after is not None and terms_of(before).isdisjoint(terms_of(after)):
            yield before, after


def _coloured(caption: str | None) -> dict[str, str]:
    """The one colour of every thing that a caption names once."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for tokens in split_sentences(caption or ""):
        for phrase in find_phrases(caption or "", tokens):
            found[phrase.noun].append({tokens[index].low for index in phrase.colours})
    return {noun: min(said[0]) for noun, said in found.items() if len(said) == 1 and len(said[0]) == 1}


def _turned_colours(claims: Claims) -> Iterator[tuple[str, str]]:
    """The colour of image1 and that of image2, where a sentence claims one of each."""
    before, after = ({one.word for one in claims.colours if one.sides == (image,)} for image in (1, 2))
    if len(before) == len(after) == 1:
        (first,), (second,) = before, after
        if first in COLOURS and second in COLOURS and terms_of(first).isdisjoint(terms_of(second)):
            yield first, second
