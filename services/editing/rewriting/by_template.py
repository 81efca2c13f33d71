"""Every edit of a caption by templates and tables alone; the seed chooses what the request leaves open."""

from collections.abc import Callable, Sequence

from imgdiff.records import Operation, Reason
from services.editing.rewriting.check import find_fault
from services.editing.rewriting.kinds import is_thing, kinds_of, same_thing
from services.editing.rewriting.leaving_out import leave_out
from services.editing.rewriting.mentions import Mention, tidy
from services.editing.rewriting.replacements import draw, list_replacements
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.rewriting.sides import move, read_side
from services.editing.rewriting.targets import (
    NO_NOUN,
    NOT_FOUND,
    NOT_SAYABLE,
    find_mentions,
    read_mentions,
    shuffle,
    weight,
    weight_without_table,
)
from services.editing.rewriting.templates import add, count_of, recolour, recount, replace
from services.english.colours import BASIC, COLOURS
from services.english.head_nouns import head_noun
from services.english.inflection import read_number
from services.english.things import category_of, thing

NO_REPLACEMENT = Reason(code="rewrite.no_replacement")
SAME_THING = Reason(code="rewrite.same_thing")
UNCHANGED = Reason(code="rewrite.unchanged")

_BY_TABLE = (Operation.REPLACE, Operation.RECOLOUR)
_NOTHING_SUITS = {Operation.REPLACE: NO_REPLACEMENT, Operation.RECOLOUR: NOT_SAYABLE}
_OF_ONE_COLOUR = {"person", "animal", "food", "plant"}  # super-categories whose colour is their own

Choose = Callable[[Mention, Sequence[str], int], str]
"""Which of the nouns, best first, replaces a thing, by the seed."""
Result = Rewrite | Reason


def _draw(_: Mention, nouns: Sequence[str], seed: int) -> str:
    return draw(nouns, seed)


def rewrite_caption(request: RewriteRequest, choose: Choose = _draw) -> Result:
    """Edit the first thing, in the order that the seed draws, for which that is possible; else why the first is not."""
    caption = tidy(request.caption)
    things = read_mentions(caption)
    if isinstance(things, Reason):
        return things
    if request.operation is Operation.ADD:
        return _check(request, _add(request, caption, things))
    if request.target is not None:
        chosen = find_mentions(things, request.target)
    else:
        chosen = shuffle(things, request.seed, weight if request.operation in _BY_TABLE else weight_without_table)
    if not chosen:
        return NOT_FOUND if request.target is not None else _NOTHING_SUITS.get(request.operation, NO_NOUN)
    first: Reason | None = None
    for target in chosen:
        result = _check(request, _edit(request, target, [other for other in things if other is not target], choose))
        if isinstance(result, Rewrite):
            return result
        first = first or result
    return first or NOT_SAYABLE


def _check(request: RewriteRequest, result: Result) -> Result:
    return result if isinstance(result, Reason) else find_fault(request.operation, result) or result


def _edit(request: RewriteRequest, target: Mention, others: Sequence[Mention], choose: Choose) -> Result:
    match request.operation:
        case Operation.REPLACE:
            return _replace(request, target, others, choose)
        case Operation.REMOVE:
            return _build(target, leave_out(target, others), None)
        case Operation.RECOLOUR:
            return _recolour(request, target)
        case Operation.RECOUNT:
            return _recount(request, target)
        case _:
            return _move(request, target)


def _build(target: Mention, caption2: str | None, after: str | None) -> Result:
    return NOT_SAYABLE if caption2 is None else Rewrite(target.caption, caption2, target.noun, after)


def _replace(request: RewriteRequest, target: Mention, others: Sequence[Mention], choose: Choose) -> Result:
    if request.replacement is not None:
        noun = _strip_article(request.replacement)
        if not noun:
            return NO_REPLACEMENT
        same = same_thing(target.noun, head_noun(noun) or noun)
        return SAME_THING if same else _build(target, replace(target, noun), noun)
    found = list_replacements(target, [other.noun for other in others])
    result: Result = NO_REPLACEMENT
    while found:
        noun = choose(target, found, request.seed)
        result = _check(request, _build(target, replace(target, noun), noun))
        if isinstance(result, Rewrite):
            break
        found.remove(noun)
    return result


def _add(request: RewriteRequest, caption: str, things: Sequence[Mention]) -> Result:
    beside = None
    if request.target is not None:
        beside = next(iter(find_mentions(things, request.target)), None)
        if beside is None:
            return NOT_FOUND
    if request.replacement is not None:
        noun: str | None = _strip_article(request.replacement)
    else:
        noun = _choose_companion(request, things, beside)
    return Rewrite(caption, add(caption, noun, beside), None, noun) if noun else NO_REPLACEMENT


def _choose_companion(request: RewriteRequest, things: Sequence[Mention], beside: Mention | None) -> str | None:
    """A noun that could replace one of the caption's things."""
    for candidate in [beside] if beside else shuffle(things, request.seed):
        found = list_replacements(candidate, [other.noun for other in things])
        nouns = [noun for noun in found if not thing(noun).mass]
        if nouns:
            return draw(nouns, request.seed)
    return None


def _recolour(request: RewriteRequest, target: Mention) -> Result:
    own = {target.tokens[at].low for at in target.phrase.colours}
    if request.replacement is not None:
        colour: str | None = request.replacement.strip().lower()
    else:
        colour = _choose_colour(request, target, own)
    if colour is None or colour not in COLOURS:
        return NOT_SAYABLE
    if len(own) == 1 and all(COLOURS[name] == COLOURS[colour] for name in own):
        return UNCHANGED
    return _build(target, recolour(target, colour), f"{colour} {target.noun}")


def _choose_colour(request: RewriteRequest, target: Mention, own: set[str]) -> str | None:
    """A basic colour that the thing does not have; none for things of one colour that the request does not name."""
    kinds = kinds_of(target.noun)
    if request.target is None and (not kinds or category_of(kinds[0]) in _OF_ONE_COLOUR):
        return None
    stated = frozenset[str]().union(*(COLOURS[name] for name in own))
    others = [name for name in BASIC if name not in stated]
    return draw(others, request.seed, among=len(BASIC)) if others else None


def _recount(request: RewriteRequest, target: Mention) -> Result:
    now = count_of(target)
    if now is None or (request.target is None and not is_thing(target.noun)):
        return NOT_SAYABLE
    if request.replacement is not None:
        count = read_number(request.replacement.strip().lower())
        if count == now:
            return UNCHANGED
        return NOT_SAYABLE if count is None else _build(target, recount(target, count), target.noun)
    counts = [now + 1, now - 1] if request.seed % 2 or now == 1 else [now - 1, now + 1]
    captions = (recount(target, count) for count in counts)
    return _build(target, next((caption for caption in captions if caption is not None), None), target.noun)


def _move(request: RewriteRequest, target: Mention) -> Result:
    side = None if request.replacement is None else read_side(request.replacement)
    if request.replacement is not None and side is None:
        return NOT_SAYABLE
    return _build(target, move(target, side), target.noun)


def _strip_article(words: str) -> str:
    """A noun of a request without its article, in one line."""
    plain = " ".join(tidy(words).split())
    for article in ("a ", "an ", "the "):
        if plain.lower().startswith(article):
            return plain[len(article) :]
    return plain
