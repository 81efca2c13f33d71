"""The captions of a photo before and after an edit, which state only what was found or given."""

from collections import Counter
from collections.abc import Sequence

from imgdiff.records import Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.operations.edit import EditedPhoto
from services.editing.rewriting.leaving_out import leave_out
from services.editing.rewriting.mentions import Mention
from services.editing.rewriting.targets import find_mentions, read_mentions
from services.editing.rewriting.templates import add, count_of, recolour, recount, replace
from services.english.colours import BASIC
from services.english.inflection import join_nouns, number, plural, with_article


def describe(labels: Sequence[str]) -> str | None:
    """`a photo of two cups and a spoon`; None for no labels."""
    counts = Counter(labels)
    items = [_count(label, counts[label]) for label in dict.fromkeys(labels)]
    return f"a photo of {join_nouns(items)}" if items else None


def write_captions(request: EditingRequest, labels: Sequence[str], made: EditedPhoto) -> tuple[str | None, str | None]:
    """The captions before and after: the given one, edited, else lists of the objects that were found.

    A given caption is edited where it names the edited thing exactly once and the templates can express the edit;
    otherwise the second caption is null. Adjectives of a replaced thing are dropped: they are unknown of the new one.
    """
    if request.caption is None:
        return describe(labels), describe(_swap(labels, request.operation, made))
    return request.caption, _edit_caption(request.caption, request, made)


def _count(noun: str, count: int) -> str:
    return with_article(noun) if count == 1 else f"{number(count)} {plural(noun)}"


def _swap(labels: Sequence[str], operation: Operation, made: EditedPhoto) -> list[str]:
    """The list with one of what was there less and one of what is there now more.

    What the object holds goes with it, comes with it, or does both where it moved.
    """
    gone = [made.before, *made.also] if made.before else []
    new = [made.after] if made.after else []
    if made.before is None or operation is Operation.MOVE:
        new += made.also
    result = list(labels)
    for label in gone:
        if label in result:
            result.remove(label)
    return [*result, *new]


def _edit_caption(caption: str, request: EditingRequest, made: EditedPhoto) -> str | None:
    """In a recount, one more has no noun before and one less none after, as in add and remove."""
    things = read_mentions(caption)
    if isinstance(things, Reason):
        return None
    if request.operation is Operation.ADD:
        return None if made.after is None else add(caption, made.after)
    target = _find_only_mention(things, (request.target, made.before or made.after))
    if target is None or any(find_mentions(things, noun) for noun in made.also):
        return None
    return _apply(request.operation, target, [other for other in things if other is not target], made)


def _apply(operation: Operation, target: Mention, others: Sequence[Mention], made: EditedPhoto) -> str | None:
    match operation:
        case Operation.REPLACE:
            return _replace(target, made)
        case Operation.REMOVE:
            return None if target.plural else leave_out(target, others)
        case Operation.RECOLOUR:
            colour = (made.after or "").partition(" ")[0]
            return recolour(target, colour) if colour in BASIC and not target.plural else None
        case Operation.RECOUNT:
            return _recount(target, made)
        case _:
            return None  # whether the place that a caption states has changed is unknown


def _replace(target: Mention, made: EditedPhoto) -> str | None:
    if made.after is None or made.before == made.after or target.plural:
        return None
    return replace(target, made.after, adjectives=False)


def _recount(target: Mention, made: EditedPhoto) -> str | None:
    now = count_of(target)
    if now is None or (made.before is None) == (made.after is None):
        return None
    return recount(target, now + 1 if made.before is None else now - 1)


def _find_only_mention(things: Sequence[Mention], nouns: Sequence[str | None]) -> Mention | None:
    """The mention of the first noun that names exactly one thing."""
    for noun in nouns:
        found = find_mentions(things, noun) if noun is not None else []
        if len(found) == 1:
            return found[0]
    return None
