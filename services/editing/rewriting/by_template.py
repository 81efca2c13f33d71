"""Every edit of a caption by grammar and tables alone; the seed chooses what the order leaves open."""

from collections.abc import Callable, Sequence

from imgdiff.records import Operation, Reason
from services.editing.rewriting.candidates import drawn, is_thing, kinds_of, replacements, same
from services.editing.rewriting.check import fault
from services.editing.rewriting.leaving_out import left_out
from services.editing.rewriting.mentions import Mention, tidy
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder
from services.editing.rewriting.sides import SIDES, moved
from services.editing.rewriting.targets import (
    NO_NOUN,
    NOT_FOUND,
    NOT_SAYABLE,
    any_thing,
    meant,
    named_things,
    shuffled,
    weight,
)
from services.editing.rewriting.templates import added, counted, recoloured, recounted, replaced
from services.english.colours import BASIC, COLOURS
from services.english.head_nouns import head_noun
from services.english.things import category_of, thing
from services.english.vocabulary import NUMBERS

NO_REPLACEMENT = Reason(code="rewrite.no_replacement")
SAME = Reason(code="rewrite.same_thing")
UNCHANGED = Reason(code="rewrite.unchanged")

_BY_TABLE = (Operation.REPLACE, Operation.RECOLOUR)
_NONE_SUITS = {Operation.REPLACE: NO_REPLACEMENT, Operation.RECOLOUR: NOT_SAYABLE}

Best = Callable[[Mention, Sequence[str], int], str]
"""Which of the nouns takes a thing's place, by the seed."""
Made = Rewrite | Reason


def _drawn(_: Mention, nouns: Sequence[str], seed: int) -> str:
    return drawn(nouns, seed)


def edited(order: RewriteOrder, best: Best = _drawn) -> Made:
    """The edit of the first thing, in the order that the seed draws, that can be said; else why the first cannot."""
    caption = tidy(order.caption)
    things = named_things(caption)
    if isinstance(things, Reason):
        return things
    if order.operation is Operation.ADD:
        return _checked(order, _adding(order, caption, things))
    if order.target is not None:
        chosen = meant(things, order.target)
    else:
        chosen = shuffled(things, order.seed, weight if order.operation in _BY_TABLE else any_thing)
    if not chosen:
        return NOT_FOUND if order.target is not None else _NONE_SUITS.get(order.operation, NO_NOUN)
    first: Reason | None = None
    for one in chosen:
        result = _checked(order, _edit(order, one, [other for other in things if other is not one], best))
        if isinstance(result, Rewrite):
            return result
        first = first or result
    return first or NOT_SAYABLE


def _checked(order: RewriteOrder, made: Made) -> Made:
    return made if isinstance(made, Reason) else fault(order.operation, made) or made


def _edit(order: RewriteOrder, one: Mention, others: Sequence[Mention], best: Best) -> Made:
    match order.operation:
        case Operation.REPLACE:
            return _replacing(order, one, others, best)
        case Operation.REMOVE:
            return _said(one, left_out(one, others), None)
        case Operation.RECOLOUR:
            return _recolouring(order, one)
        case Operation.RECOUNT:
            return _recounting(order, one)
        case _:
            return _moving(order, one)


def _said(one: Mention, caption2: str | None, after: str | None) -> Made:
    return NOT_SAYABLE if caption2 is None else Rewrite(one.caption, caption2, one.noun, after)


def _replacing(order: RewriteOrder, one: Mention, others: Sequence[Mention], best: Best) -> Made:
    if order.replacement is not None:
        noun = _noun_of(order.replacement)
        if not noun:
            return NO_REPLACEMENT
        return SAME if same(one.noun, head_noun(noun) or noun) else _said(one, replaced(one, noun), noun)
    found = replacements(one, [other.noun for other in others])
    made: Made = NO_REPLACEMENT
    while found:
        noun = best(one, found, order.seed)
        made = _checked(order, _said(one, replaced(one, noun), noun))
        if isinstance(made, Rewrite):
            break
        found.remove(noun)
    return made


def _adding(order: RewriteOrder, caption: str, things: Sequence[Mention]) -> Made:
    beside = None
    if order.target is not None:
        beside = next(iter(meant(things, order.target)), None)
        if beside is None:
            return NOT_FOUND
    noun = _noun_of(order.replacement) if order.replacement is not None else _companion(order, things, beside)
    if not noun:
        return NO_REPLACEMENT
    return Rewrite(caption, added(caption, noun, beside), None, noun)


def _companion(order: RewriteOrder, things: Sequence[Mention], beside: Mention | None) -> str | None:
    """What is of one sort with something that the caption names."""
    for one in [beside] if beside else shuffled(things, order.seed):
        nouns = [noun for noun in replacements(one, [other.noun for other in things]) if not thing(noun).mass]
        if nouns:
            return drawn(nouns, order.seed)
    return None


def _recolouring(order: RewriteOrder, one: Mention) -> Made:
    own = {one.tokens[at].low for at in one.phrase.colours}
    if order.replacement is not None:
        colour = order.replacement.strip().lower()
        if colour not in COLOURS:
            return NOT_SAYABLE
    else:
        kinds = kinds_of(one.noun)
        living = not kinds or category_of(kinds[0]) in {"person", "animal", "food", "plant"}
        if living and order.target is None:
            return NOT_SAYABLE
        told = frozenset[str]().union(*(COLOURS[name] for name in own))
        others = [name for name in BASIC if name not in told]
        if not others:
            return NOT_SAYABLE
        colour = drawn(others, order.seed, among=len(BASIC))
    if len(own) == 1 and all(COLOURS[name] == COLOURS[colour] for name in own):
        return UNCHANGED
    return _said(one, recoloured(one, colour), f"{colour} {one.noun}")


def _recounting(order: RewriteOrder, one: Mention) -> Made:
    now = counted(one)
    if now is None or (order.target is None and not is_thing(one.noun)):
        return NOT_SAYABLE
    if order.replacement is not None:
        wanted = order.replacement.strip().lower()
        asked = NUMBERS.get(wanted) or (int(wanted) if wanted.isdecimal() and len(wanted) < 4 else None)
        if asked == now:
            return UNCHANGED
        return NOT_SAYABLE if asked is None else _said(one, recounted(one, asked), one.noun)
    ways = [now + 1, now - 1] if order.seed % 2 or now == 1 else [now - 1, now + 1]
    texts = (recounted(one, count) for count in ways)
    return _said(one, next((text for text in texts if text is not None), None), one.noun)


def _moving(order: RewriteOrder, one: Mention) -> Made:
    side = order.replacement.strip().lower().removeprefix("the ") if order.replacement is not None else None
    if side is not None and side not in SIDES:
        return NOT_SAYABLE
    return _said(one, moved(one, side), one.noun)


def _noun_of(words: str) -> str:
    """A given noun without its article, in one line."""
    plain = " ".join(tidy(words).split())
    for article in ("a ", "an ", "the "):
        if plain.lower().startswith(article):
            return plain[len(article) :]
    return plain
