"""What a photo shows, in words, before and after an edit: never more than was found or given."""

import re
from collections import Counter
from collections.abc import Sequence

from imgdiff.stages import EditingRequest
from services.editing.colours import COLOURS, SPELLINGS
from services.editing.edited import Edited
from services.embedded.nouns import listed, number, plural, with_article

_COLOUR_BEFORE = rf"(?:{'|'.join((*COLOURS, *SPELLINGS))})\s+"


def shown(labels: Sequence[str]) -> str | None:
    """`a photo of two cups and a spoon`; None when nothing was found."""
    counts = Counter(labels)
    items = [_counted(label, counts[label]) for label in dict.fromkeys(labels)]
    if not items:
        return None
    return f"a photo of {listed(items)}"


def _counted(noun: str, count: int) -> str:
    return with_article(noun) if count == 1 else f"{number(count)} {plural(noun)}"


def exchanged(labels: Sequence[str], before: str | None, after: str | None) -> list[str]:
    """The list with one `before` less and one `after` more."""
    result = list(labels)
    if before in result:
        result.remove(before)
    return result + ([after] if after else [])


def rewritten(caption: str, before: str, after: str) -> str | None:
    """A given caption in which the one mention of `before` became `after`; None unless there is exactly one."""
    found = list(re.finditer(rf"(?:\b(an?)\s+)?(?:{_COLOUR_BEFORE})?\b{re.escape(before)}\b", caption, re.IGNORECASE))
    if len(found) != 1:
        return None
    match = found[0]
    words = with_article(after) if match.group(1) else after
    if match.group(1) and match.group(1)[0].isupper():
        words = words[0].upper() + words[1:]
    return caption[: match.start()] + words + caption[match.end() :]


def captions(request: EditingRequest, labels: Sequence[str], made: Edited) -> tuple[str | None, str | None]:
    """What is known to be shown before and after: from the given caption, else from the objects that were found.

    A given caption is only rewritten when one noun is exchanged for another; otherwise nobody knows how it would read.
    """
    if request.caption is None:
        return shown(labels), shown(exchanged(labels, made.before, made.after))
    if made.before is None or made.after is None or made.before == made.after:
        return request.caption, None
    named = [noun for noun in (request.target, made.before) if noun is not None]
    rewrites = (rewritten(request.caption, noun, made.after) for noun in named)
    return request.caption, next((text for text in rewrites if text is not None), None)
