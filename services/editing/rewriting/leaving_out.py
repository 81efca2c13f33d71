"""A caption without one of its things: its own phrases go with it, the rest stays and is still grammatical."""

import re
from collections.abc import Sequence

from services.editing.rewriting.kinds import is_thing
from services.editing.rewriting.mentions import REFERRING, Mention
from services.english.vocabulary import FUNCTION, words

_MAY_FOLLOW = words("in on near by beside next behind under inside outside while")  # a clause that is left out
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
_LIST_GAP = 30  # characters between the last thing and the `and` of a list; chosen, not measured
_OPEN_ENDS = FUNCTION - words("up down out off away back together apart over in on")
_ALONE = words("in on at near by beside next behind under inside outside with and over above below")


def leave_out(mention: Mention, others: Sequence[Mention]) -> str | None:
    """The caption without the thing; null if no sentence would be left, or one with another meaning."""
    if not others or REFERRING.search(mention.caption[mention.end :].lower()):
        return None
    for strategy in (_leave_out_of_list, _leave_out_complement, _leave_out_clause, _leave_out_subject):
        caption = strategy(mention, others)
        if caption is not None:
            return caption
    return None


def _leave_out_of_list(mention: Mention, others: Sequence[Mention]) -> str | None:
    """Drop one item of `X, Y and Z`."""
    caption, end = mention.caption, _end_with_content(mention, others)
    before, after = caption[: mention.group], caption[end:]
    last = re.search(r"(,?) and $", before)
    if last:
        kept = before[: last.start()]
        if not any(each.end <= last.start() <= each.end + _LIST_GAP for each in others) or _verb_follows(after):
            return None
        listed = kept.rfind(", ")
        begins = [each.group for each in others]
        if listed + 2 in begins and listed >= 0:
            kept = f"{kept[:listed]} and {kept[listed + 2 :]}"
        return kept + after
    joined = _AND.match(after) or re.match(r", ", after)
    partner = next((each for each in others if joined and each.group == end + joined.end()), None)
    if joined is None or partner is None or _verb_follows(caption[_end_with_content(partner, others) :]):
        return None
    if before.endswith(", ") and joined.group() != ", " and before.count(", ") == 1:
        return f"{before[:-2]} and {after[joined.end() :]}"
    return _capitalise(before, after[joined.end() :], caption)


def _verb_follows(after: str) -> bool:
    """Whether a verb in the plural follows, which would not agree with one thing alone."""
    return re.match(r" (?:are|were|have)\b", after) is not None


def _leave_out_complement(mention: Mention, _: Sequence[Mention]) -> str | None:
    """Drop `of oranges` from `a bowl of oranges`: the container stays."""
    caption = mention.caption
    before = caption[: mention.group]
    if not before.endswith(" of ") or mention.determiner is not None or _PLACED.search(before):
        return None
    return None if _AND.match(caption[mention.end :]) else caption[: mention.group - 4] + caption[mention.end :]


def _leave_out_clause(mention: Mention, others: Sequence[Mention]) -> str | None:
    """Drop what depends on another thing: `with a spoon`, `wearing a hat`, `lying on a sofa`."""
    caption = mention.caption
    before = caption[: mention.group]
    match = _find_predicate(before, others) or _CLAUSE.search(before)
    if match is not None and any(each.start < match.end() and each.end > match.start() for each in others):
        match = _LINK.search(before)  # a building is no participle
    after = caption[_end_with_content(mention, others) :]
    if match is None or not match.group().strip() or not match.start():
        return None
    word = re.match(r"[,\s]*(\w*)", after)
    follows = word.group(1).lower() if word else ""
    if follows and follows not in _MAY_FOLLOW:
        return None
    kept = caption[: match.start()]
    last = re.search(r"(\w+)\W*$", kept)
    if last is None or last.group(1).endswith("ly") or last.group(1).lower() in _OPEN_ENDS:
        return None
    return kept + after


def _find_predicate(before: str, others: Sequence[Mention]) -> re.Match[str] | None:
    """A verb right after its subject: `holds` of `a boy in a jacket holds an umbrella`."""
    match = _FINITE.search(before)
    return match if match is not None and any(each.end == match.start() for each in others) else None


def _end_with_content(mention: Mention, others: Sequence[Mention]) -> int:
    """Where the thing ends with its content: `a cup of coffee`."""
    content = mention.end + len(" of ") if mention.after() == "of" else -1
    return next((each.end for each in others if each.start == content), mention.end)


def _leave_out_subject(mention: Mention, others: Sequence[Mention]) -> str | None:
    """Drop the subject where a thing follows that can be the subject instead."""
    caption, end = mention.caption, _end_with_content(mention, others)
    before = caption[: mention.group]
    match = _SUBJECT.match(caption[end:])
    if (before and not _THERE.match(before)) or match is None or not match.group().strip():
        return None
    follower = next((each for each in others if each.group == end + match.end()), None)
    if follower is None or not (is_thing(follower.noun) or _is_relation(match.group())):
        return None
    following = re.match(r"[,\s]*(\w*)", caption[_end_with_content(follower, others) :])
    if following and following.group(1) and following.group(1) not in _ALONE:
        return None
    return _capitalise("", caption[follower.group :], caption)


def _is_relation(link: str) -> bool:
    """Whether the words before the follower are a relation, so that it may be a place."""
    return re.search(rf"{_RELATION} $", link) is not None


def _capitalise(before: str, rest: str, caption: str) -> str:
    """Both parts, the first letter in upper case if the caption's was."""
    return before + rest if before or not caption[0].isupper() else rest[0].upper() + rest[1:]
