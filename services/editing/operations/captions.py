"""What a photo shows, in words, before and after an edit: never more than was found or given."""

from collections import Counter
from collections.abc import Sequence

from imgdiff.records import Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.operations.edit import Edited
from services.editing.rewriting.leaving_out import left_out
from services.editing.rewriting.mentions import Mention
from services.editing.rewriting.targets import meant, named_things
from services.editing.rewriting.templates import added, counted, recoloured, recounted, replaced
from services.english.colours import BASIC
from services.english.inflection import join_nouns, number, plural, with_article


def shown(labels: Sequence[str]) -> str | None:
    """`a photo of two cups and a spoon`; None when nothing was found."""
    counts = Counter(labels)
    items = [_counted(label, counts[label]) for label in dict.fromkeys(labels)]
    if not items:
        return None
    return f"a photo of {join_nouns(items)}"


def _counted(noun: str, count: int) -> str:
    return with_article(noun) if count == 1 else f"{number(count)} {plural(noun)}"


def exchanged(labels: Sequence[str], before: str | None, after: str | None) -> list[str]:
    """The list with one `before` less and one `after` more."""
    result = list(labels)
    if before in result:
        result.remove(before)
    return result + ([after] if after else [])


def captions(request: EditingRequest, labels: Sequence[str], made: Edited) -> tuple[str | None, str | None]:
    """What is known to be shown before and after: from the given caption, else from the objects that were found.

    A given caption is edited where it names the edited thing exactly once and grammar can say the edit; otherwise
    nobody knows how it would read. What it says of a replaced thing's looks is not known of the new one, and is left
    out.
    """
    if request.caption is None:
        return shown(labels), shown(exchanged(labels, made.before, made.after))
    return request.caption, _after(request, made)


def _after(request: EditingRequest, made: Edited) -> str | None:
    """A recount of one more has nothing before, of one less nothing after, as add and remove have."""
    caption = request.caption or ""
    things = named_things(caption)
    if isinstance(things, Reason):
        return None
    if request.operation is Operation.ADD:
        return None if made.after is None else added(caption, made.after)
    one = _mentioned(things, (request.target, made.before or made.after))
    return (
        None if one is None else _edited(request.operation, one, [other for other in things if other is not one], made)
    )


def _edited(operation: Operation, one: Mention, others: Sequence[Mention], made: Edited) -> str | None:
    match operation:
        case Operation.REPLACE:
            return _replaced(one, made)
        case Operation.REMOVE:
            return None if one.plural else left_out(one, others)
        case Operation.RECOLOUR:
            colour = (made.after or "").partition(" ")[0]
            return recoloured(one, colour) if colour in BASIC and not one.plural else None
        case Operation.RECOUNT:
            return _recounted(one, made)
        case _:
            return None  # a place that the caption does not tell is not known to have changed


def _replaced(one: Mention, made: Edited) -> str | None:
    if made.after is None or made.before == made.after or one.plural:
        return None
    return replaced(one, made.after, looks=False)


def _recounted(one: Mention, made: Edited) -> str | None:
    now = counted(one)
    if now is None or (made.before is None) == (made.after is None):
        return None
    return recounted(one, now + 1 if made.before is None else now - 1)


def _mentioned(things: Sequence[Mention], nouns: Sequence[str | None]) -> Mention | None:
    """The one thing that one of the nouns names; None where none of them names exactly one."""
    for noun in nouns:
        found = meant(things, noun) if noun is not None else []
        if len(found) == 1:
            return found[0]
    return None
