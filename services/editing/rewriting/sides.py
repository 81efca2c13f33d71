"""A caption in which a thing stands elsewhere: at the other side of what is beside it, or at a side of the picture.

A side that the caption gives the thing is exchanged and never contradicted; where it cannot be, nothing is said.
"""

import re

from services.editing.rewriting.mentions import Mention
from services.english.vocabulary import AUXILIARIES, PICTURES, PLACES, VERBS

SIDES = {
    "left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom",
    "centre": "in the middle", "center": "in the middle", "middle": "in the middle",
}  # fmt: skip
_ACROSS = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_OPPOSITE = {
    "behind": "in front of", "in front of": "behind", "on top of": "next to", "above": "below", "below": "above",
    "under": "on top of", "underneath": "on top of", "next to": "behind", "beside": "behind", "near": "far from",
}  # fmt: skip
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


def moved(mention: Mention, side: str | None) -> str | None:
    """It at the other side of what it stands beside, or at a side of the picture; null where it is there already."""
    caption, at = mention.caption, _place(mention)
    sideways = side in {None, "left", "right"}
    said = (_BESIDE.match(caption, at) if sideways else None) or _AT_SIDE.match(caption, at)
    if said is not None:
        return _at_another(caption, said, side)
    after = caption[mention.end :]
    relation = next((words for words in _OPPOSITE if after.lower().startswith(f" {words} ")), None)
    if side is None and relation is not None:
        return f"{caption[: mention.end]} {_OPPOSITE[relation]}{after[1 + len(relation) :]}"
    place = SIDES[side or "left"]
    if caption[at:].lower().startswith(f"{place} of ") or _has_side(mention):
        return None
    body = caption.rstrip(".!? ")
    return f"{body}, with the {mention.plain} {place}{caption[len(body) :]}"


def _place(mention: Mention) -> int:
    """Where the words after the thing and what it does begin."""
    following = mention.tokens[mention.phrase.last + 1 :]
    doing = AUXILIARIES | VERBS - PLACES.keys() | {","}
    place = next((one for one in following if one.low not in doing and not one.low.endswith("ing")), None)
    return place.start if place is not None else mention.tokens[-1].end


def _at_another(caption: str, said: re.Match[str], side: str | None) -> str | None:
    """The side exchanged for the given one, or for that across; null where they are one."""
    now = said[1].lower()
    wanted = side or _ACROSS.get(now, "left")
    if SIDES[wanted] == SIDES[now]:
        return None
    if _ACROSS.get(now) == wanted:  # `to the far left of` keeps its other words
        return caption[: said.start(1)] + wanted + caption[said.end(1) :]
    return caption[: said.start()] + SIDES[wanted] + caption[said.end() :]


def _has_side(mention: Mention) -> bool:
    """Whether its own words, or those of its clause, may say at which side of the picture it is."""
    own = mention.tokens[mention.first : mention.phrase.head]
    if any(PLACES.get(token.low) in {"left", "right"} for token in own):
        return True
    lead = _CLAUSE_ENDS.split(mention.caption[mention.tokens[0].start : mention.start].rstrip(" ,"))[-1]
    clause = _CLAUSE_ENDS.split(mention.caption[mention.end :].removeprefix(" and"))[0]
    return _ANY_SIDE.match(lead.strip()) is not None or _ANY_SIDE.search(clause) is not None
