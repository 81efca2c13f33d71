"""The instruction that turns an image of one caption into an image of its edit."""

import re

from imgdiff.records import Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.generation.instruct import sentences
from services.editing.rewriting.mentions import Mention
from services.editing.rewriting.rewrite import Rewrite
from services.editing.rewriting.sides import read_side
from services.editing.rewriting.targets import find_mentions, read_mentions
from services.editing.rewriting.templates import count_of
from services.english.vocabulary import SIDES


def write_instruction(request: EditingRequest, rewrite: Rewrite) -> str:
    """What the rewriter changed as an instruction; a change that no template states is told by the second caption."""
    old = _find_changed(rewrite.caption1, rewrite.caption2, rewrite.before)
    new = _find_changed(rewrite.caption2, rewrite.caption1, rewrite.after)
    before = sentences.definite(rewrite.before or "object" if old is None else old.text)
    told = sentences.show(rewrite.caption2)
    match request.operation:
        case Operation.REPLACE if rewrite.after is not None:
            told = sentences.replace(before, sentences.indefinite(rewrite.after if new is None else new.text))
        case Operation.REMOVE:
            told = sentences.remove(before)
        case Operation.ADD if rewrite.after is not None:
            beside = None if request.target is None else sentences.definite(request.target)
            told = sentences.add(sentences.indefinite(rewrite.after), beside)
        case Operation.RECOLOUR if rewrite.after is not None:
            told = sentences.recolour(before, _colour_of(rewrite))
        case Operation.MOVE:
            side = _side_of(request, rewrite)
            told = sentences.move_as(before, rewrite.caption2) if side is None else sentences.move(before, side)
        case Operation.RECOUNT if rewrite.before is not None and new is not None and (count := count_of(new)):
            told = sentences.recount(rewrite.before, None if old is None else count_of(old), count)
    return told


def _find_changed(caption: str, other: str, noun: str | None) -> Mention | None:
    """The mention of a noun that is nearest to the first difference of two captions."""
    things = read_mentions(caption)
    if noun is None or isinstance(things, Reason):
        return None
    change = next((at for at, (one, two) in enumerate(zip(caption, other, strict=False)) if one != two), len(other))
    found = find_mentions(things, noun)
    return min(found, key=lambda each: abs(change - min(max(change, each.start), each.end)), default=None)


def _colour_of(rewrite: Rewrite) -> str:
    after, before = rewrite.after or "", rewrite.before or ""
    return after.removesuffix(before).strip() or after


def _side_of(request: EditingRequest, rewrite: Rewrite) -> str | None:
    """The side of the picture where the second caption puts the thing; null where it puts it beside another one."""
    asked = read_side(request.replacement or "")
    if asked is not None and _is_side_of_picture(SIDES[asked], rewrite):
        return asked
    return next((side for side, words in SIDES.items() if _is_side_of_picture(words, rewrite)), None)


def _is_side_of_picture(words: str, rewrite: Rewrite) -> bool:
    """Whether only the second caption says `on the left`, and not of a thing."""
    side = re.compile(rf"\b{words}\b(?! (?:side )?of\b)", re.IGNORECASE)
    return side.search(rewrite.caption2) is not None and side.search(rewrite.caption1) is None
