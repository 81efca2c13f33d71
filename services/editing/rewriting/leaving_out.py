"""A caption without one of its things: what is said of that thing goes with it, all else stays and is still English."""

import re
from collections.abc import Sequence

from services.editing.rewriting.candidates import is_thing
from services.editing.rewriting.mentions import REFERRING, Mention
from services.english.vocabulary import FUNCTION, words

_STATIC = words("in on near by beside next behind under inside outside while")  # may follow what is left
_RELATION = (
    r"(?:on top of|in front of|next to|on the (?:side|back|edge|corner) of|at the corner of|out of|"
    r"on|in|at|beside|besides|behind|near|under|underneath|by|against|over|above|below|inside|from|along|around|across|"
    r"through|down|up|into|onto|between|outside|past|among|towards?)"
)
_VERB = (
    r"(?:[a-z]+ing|parked|perched|stacked|seated|stuck|docked|filled|covered|surrounded|mounted|tied(?: to)?|"
    r"attached to|filled with|covered with|[a-z]+ing with)"
)
_CLAUSE = re.compile(rf"(?:(?:,? (?:(?:is|are|was|were|while) )?{_VERB})?(?: {_RELATION})?|,? with) $")
_LINK = re.compile(rf"(?: {_RELATION}|,? with) $")
_SUBJECT = re.compile(rf"^(?: (?:is|are|was|were))?(?: (?!wearing|having){_VERB})?(?: {_RELATION})? (?=\S)")
_FINITE = re.compile(r" (?:[a-z]+[^s\W]s|has) $")
_PLACED = re.compile(r"\b(?:top|front|side|back|edge|corner|out) of $")
_THERE = re.compile(r"^there (?:is|are|was|were) $", re.IGNORECASE)
_AND = re.compile(r"^,? and ")
_OPEN_ENDS = FUNCTION - words("up down out off away back together apart over in on")
_ALONE = words("in on at near by beside next behind under inside outside with and over above below")


def left_out(mention: Mention, others: Sequence[Mention]) -> str | None:
    """Null where no sentence would be left, or one that says something else."""
    if not others or REFERRING.search(mention.caption[mention.end :].lower()):
        return None
    for way in (_listed, _complement, _clause, _subject):
        caption = way(mention, others)
        if caption is not None:
            return caption
    return None


def _listed(mention: Mention, others: Sequence[Mention]) -> str | None:
    """One of `X, Y and Z`."""
    caption, end = mention.caption, _whole_end(mention, others)
    before, after = caption[: mention.group], caption[end:]
    last = re.search(r"(,?) and $", before)
    if last:
        kept = before[: last.start()]
        if not any(one.end <= last.start() <= one.end + 30 for one in others) or _verb_follows(after):
            return None
        listed = kept.rfind(", ")
        begins = [one.group for one in others]
        if listed + 2 in begins and listed >= 0:
            kept = f"{kept[:listed]} and {kept[listed + 2 :]}"
        return kept + after
    joined = _AND.match(after) or re.match(r", ", after)
    partner = next((one for one in others if joined and one.group == end + joined.end()), None)
    if joined is None or partner is None or _verb_follows(caption[_whole_end(partner, others) :]):
        return None
    if before.endswith(", ") and joined.group() != ", " and before.count(", ") == 1:
        return f"{before[:-2]} and {after[joined.end() :]}"
    return _joined(before, after[joined.end() :], caption)


def _verb_follows(after: str) -> bool:
    """Whether a verb in the plural follows, which one thing alone does not take."""
    return re.match(r" (?:are|were|have)\b", after) is not None


def _complement(mention: Mention, _: Sequence[Mention]) -> str | None:
    """`of oranges` of `a bowl of oranges`: what it was in stays."""
    caption = mention.caption
    before = caption[: mention.group]
    if not before.endswith(" of ") or mention.determiner is not None or _PLACED.search(before):
        return None
    return None if _AND.match(caption[mention.end :]) else caption[: mention.group - 4] + caption[mention.end :]


def _clause(mention: Mention, others: Sequence[Mention]) -> str | None:
    """What hangs on another thing: `with a spoon`, `wearing a hat`, `lying on a sofa`."""
    caption = mention.caption
    before = caption[: mention.group]
    match = _predicate(before, others) or _CLAUSE.search(before)
    if match is not None and any(one.start < match.end() and one.end > match.start() for one in others):
        match = _LINK.search(before)  # a building is no participle
    after = caption[_whole_end(mention, others) :]
    if match is None or not match.group().strip() or not match.start():
        return None
    word = re.match(r"[,\s]*(\w*)", after)
    follows = word.group(1).lower() if word else ""
    if follows and follows not in _STATIC:
        return None
    kept = caption[: match.start()]
    last = re.search(r"(\w+)\W*$", kept)
    if last is None or last.group(1).endswith("ly") or last.group(1).lower() in _OPEN_ENDS:
        return None
    return kept + after


def _predicate(before: str, others: Sequence[Mention]) -> re.Match[str] | None:
    """The verb of a thing that is named just before it: `holds` of `a boy in a jacket holds an umbrella`."""
    match = _FINITE.search(before)
    return match if match is not None and any(one.end == match.start() for one in others) else None


def _whole_end(mention: Mention, others: Sequence[Mention]) -> int:
    """The end of the thing with what it holds: of `a cup of coffee`."""
    held = mention.end + len(" of ") if mention.after() == "of" else -1
    return next((one.end for one in others if one.start == held), mention.end)


def _subject(mention: Mention, others: Sequence[Mention]) -> str | None:
    """What the sentence begins with, where something else is named right after it that can stand alone."""
    caption, end = mention.caption, _whole_end(mention, others)
    before = caption[: mention.group]
    match = _SUBJECT.match(caption[end:])
    if (before and not _THERE.match(before)) or match is None or not match.group().strip():
        return None
    follower = next((one for one in others if one.group == end + match.end()), None)
    if follower is None or not (is_thing(follower.noun) or _place(match.group())):
        return None
    following = re.match(r"[,\s]*(\w*)", caption[_whole_end(follower, others) :])
    if following and following.group(1) and following.group(1) not in _ALONE:
        return None
    return _joined("", caption[follower.group :], caption)


def _place(link: str) -> bool:
    """Whether the words before the follower say where, so that it may be a place."""
    return re.search(rf"{_RELATION} $", link) is not None


def _joined(before: str, rest: str, caption: str) -> str:
    """The rest after what stands before, in the case that begins a sentence."""
    return before + rest if before or not caption[0].isupper() else rest[0].upper() + rest[1:]
