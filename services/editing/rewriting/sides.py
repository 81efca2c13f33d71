"""A caption in which a thing is elsewhere: on the other side of what is beside it, or at a side of the picture.

A side that the caption states is exchanged, never contradicted; where that is impossible, there is no caption.
"""

import re

from services.editing.rewriting.mentions import Mention
from services.english.vocabulary import AUXILIARIES, OPPOSITE_RELATIONS, PICTURES, PLACES, SIDES, VERBS

_ACROSS = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_PART = "(?:corner|half|edge|end)"
_OF_A_THING = rf"(?: side| {_PART})? of (?!(?:the|this) (?:{'|'.join(sorted(PICTURES))})\b)"
_BESIDE = re.compile(
    rf"(?:(?:on|to|at|in) the (?:(?:far|top|bottom|upper|lower|middle) )?)?"
    rf"(left|right)(?= (?:side )?of | {_PART}\b)",
    re.IGNORECASE,
)
_AT_SIDE = re.compile(
    rf"(?:on|at|in|to) the (?:far )?({'|'.join(SIDES)})\b(?: side\b)?(?!{_OF_A_THING}| (?:left|right|{_PART})\b)",
    re.IGNORECASE,
)
_ANY_SIDE = re.compile(
    rf"\b(?:on|at|in|to|near) the (?:[\w-]+ )?(?:{'|'.join(PLACES.keys() - {'corner'})})\b(?!{_OF_A_THING})",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[,;:.!?]|\b(?:and|while|with)\b", re.IGNORECASE)


def read_side(words: str) -> str | None:
    """The side of the picture that a request names: `left` for `the left`; null where that is none."""
    side = words.strip().lower().removeprefix("the ")
    return side if side in SIDES else None


def move(mention: Mention, side: str | None) -> str | None:
    """The thing on the other side of its neighbour, or at a side of the picture; null if it is there already."""
    caption, at = mention.caption, _find_place(mention)
    sideways = side in {None, "left", "right"}
    stated = (_BESIDE.match(caption, at) if sideways else None) or _AT_SIDE.match(caption, at)
    if stated is not None:
        return _exchange_side(caption, stated, side)
    after = caption[mention.end :]
    relation = next((words for words in OPPOSITE_RELATIONS if after.lower().startswith(f" {words} ")), None)
    if side is None and relation is not None:
        return f"{caption[: mention.end]} {OPPOSITE_RELATIONS[relation]}{after[1 + len(relation) :]}"
    place = SIDES[side or "left"]
    if caption[at:].lower().startswith(f"{place} of ") or _has_side(mention):
        return None
    body = caption.rstrip(".!? ")
    return f"{body}, with the {mention.plain} {place}{caption[len(body) :]}"


def _find_place(mention: Mention) -> int:
    """Where the words after the thing and its verb begin."""
    following = mention.tokens[mention.phrase.last + 1 :]
    doing = AUXILIARIES | VERBS - PLACES.keys() | {","}
    place = next((token for token in following if token.low not in doing and not token.low.endswith("ing")), None)
    return place.start if place is not None else mention.tokens[-1].end


def _exchange_side(caption: str, stated: re.Match[str], side: str | None) -> str | None:
    """The stated side exchanged for the given one or the opposite one; null if that is the same side."""
    now = stated[1].lower()
    wanted = side or _ACROSS.get(now, "left")
    if SIDES[wanted] == SIDES[now]:
        return None
    if _ACROSS.get(now) == wanted:  # `to the far left of` keeps its other words
        return caption[: stated.start(1)] + wanted + caption[stated.end(1) :]
    return caption[: stated.start()] + SIDES[wanted] + caption[stated.end() :]


def _has_side(mention: Mention) -> bool:
    """Whether its phrase or its clause may already state a side of the picture."""
    own = mention.tokens[mention.first : mention.phrase.head]
    if any(PLACES.get(token.low) in {"left", "right"} for token in own):
        return True
    lead = _CLAUSE_ENDS.split(mention.caption[mention.tokens[0].start : mention.start].rstrip(" ,"))[-1]
    clause = _CLAUSE_ENDS.split(mention.caption[mention.end :].removeprefix(" and"))[0]
    return _ANY_SIDE.match(lead.strip()) is not None or _ANY_SIDE.search(clause) is not None
