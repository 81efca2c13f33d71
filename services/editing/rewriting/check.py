"""Whether an edited caption is what was ordered: one change, in English, and nothing said beside it."""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from imgdiff.records import Operation, Reason
from services.editing.rewriting.candidates import same
from services.editing.rewriting.grammar import faults
from services.editing.rewriting.mentions import Mention, mentions
from services.editing.rewriting.rewrite import Rewrite
from services.english.colours import COLOURS, SHADES
from services.english.language_id import is_foreign
from services.english.vocabulary import ARTICLES, NUMBERS, ONE_IN_PLURAL, TO_MANY, TO_ONE, words

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_CHATTER = re.compile(
    r"\b(?:replac(?:e|ed|es|ing|ement)|modif(?:y|ied|ies)|becom(?:e|es|ing)|became|changed|instead of|swapped|"
    r"caption|sentence|original|revised|edited|sure|certainly|of course|here is|here's|as an ai|i have|note)\b"
    r"|---|```|[\"“”{}<>\[\]]|\n|->|→|\*\*",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?](?=\s|$)")
_MORE_WORDS = 12
_LONGEST_CHANGE = 6  # words of a noun phrase
_AGREEING = TO_MANY.keys() | TO_ONE.keys() | ARTICLES
_PLACES = words(
    "on the at in with left right top bottom middle centre center side behind front of next to beside above below "
    "under near far from"
)


@dataclass(frozen=True)
class _Change:
    """The words from the first to the last that differ, of both captions, and where these lie in them."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    old_span: tuple[int, int]
    new_span: tuple[int, int]
    swapped: Counter[str]  # words that only one of the two has


def fault(operation: Operation, rewrite: Rewrite) -> Reason | None:
    """Why the rewrite may not stand; null when it may."""
    one, two = rewrite.caption1, rewrite.caption2
    if " ".join(one.lower().split()).rstrip(".!?") == " ".join(two.lower().split()).rstrip(".!?"):
        return _reason("unchanged")
    if _chatters(one, two):
        return _reason("chatter")
    if is_foreign(two):
        return _reason("language")
    if len(two.split()) > len(one.split()) + _MORE_WORDS:
        return _reason("too_long")
    change = _change(one, two)
    wrong = _ORDERED[operation](rewrite, change)
    if wrong is not None:
        return _reason(wrong)
    return _reason("ungrammatical") if faults(two) - faults(one) else None


def spliced(caption1: str, written: str, before: str, after: str) -> Rewrite:
    """A model's caption with every letter outside the changed words as in the given one, and the nouns changed.

    The nouns are read from the captions; `before` and `after`, as the model told them, serve where none can be read.
    """
    written = _ended_alike(caption1, written)
    change = _change(caption1, written)
    (start, end), (from_, to) = change.old_span, change.new_span
    if not change.old or not change.new:
        return Rewrite(caption1, written, before or None, after or None)
    said = written[from_:to]
    said = said[0].upper() + said[1:] if start == 0 and caption1[0].isupper() else said
    caption2 = caption1[:start] + said + caption1[end:]
    old, new = _holder(caption1, change.old_span), _holder(caption2, (start, start + len(said)))
    return Rewrite(caption1, caption2, old.noun if old else before, new.noun if new else after)


def _ended_alike(caption1: str, written: str) -> str:
    """What was written with the full stop of the given caption, or without one."""
    body = written.rstrip().rstrip(".!?")
    return body + caption1.rstrip()[-1:] if caption1.rstrip()[-1:] in {".", "!", "?"} else body


def _reason(finding: str) -> Reason:
    return Reason(code=f"rewrite.{finding}")


def _chatters(one: str, two: str) -> bool:
    """Words of an answer about itself, or sentences, that the given caption has not."""
    said = Counter(match.group().lower() for match in _CHATTER.finditer(two))
    given = Counter(match.group().lower() for match in _CHATTER.finditer(one))
    return bool(said - given) or len(_ENDS.findall(two)) > max(1, len(_ENDS.findall(one)))


def _change(one: str, two: str) -> _Change:
    words1, words2 = (list(_WORD.finditer(text)) for text in (one, two))
    low1, low2 = ([match.group().lower() for match in found] for found in (words1, words2))
    codes = [code for code in SequenceMatcher(None, low1, low2, autojunk=False).get_opcodes() if code[0] != "equal"]
    if not codes:
        return _Change((), (), (0, 0), (0, 0), Counter())
    i1, i2, j1, j2 = codes[0][1], codes[-1][2], codes[0][3], codes[-1][4]
    if (i1 == i2 or j1 == j2) and i2 < len(low1) and j2 < len(low2):
        i2, j2 = i2 + 1, j2 + 1  # a word more or less is a change of the word after it: a dog, a hot dog
    swapped: Counter[str] = Counter()
    for _, a1, a2, b1, b2 in codes:
        swapped.update(low1[a1:a2] + low2[b1:b2])
    spans = [
        (found[start].start() if start < len(found) else len(text), found[end - 1].end() if end > start else 0)
        for text, found, start, end in ((one, words1, i1, i2), (two, words2, j1, j2))
    ]
    return _Change(tuple(low1[i1:i2]), tuple(low2[j1:j2]), spans[0], spans[1], swapped)


def _holder(caption: str, span: tuple[int, int]) -> Mention | None:
    """The thing whose phrase holds all of a change."""
    return next((one for one in mentions(caption) if one.group <= span[0] and span[1] <= one.end), None)


def _exchanged(rewrite: Rewrite, change: _Change) -> str | None:
    if max(len(change.old), len(change.new)) > _LONGEST_CHANGE or not change.old or not change.new:
        return "not_one_change"
    old, new = _holder(rewrite.caption1, change.old_span), _holder(rewrite.caption2, change.new_span)
    if old is None or (new is None and len(change.new) > 3) or "," in change.new:
        return "not_one_change"
    after = new.noun if new is not None else rewrite.after or ""
    if old.noun == after:
        return "not_one_change"
    if same(old.noun, after):
        return "same_thing"
    if new is not None and old.plural != new.plural and old.noun != new.noun and new.noun not in ONE_IN_PLURAL:
        return "ungrammatical"
    return None


def _taken_out(rewrite: Rewrite, _: _Change) -> str | None:
    gone, come = _nouns(rewrite.caption1), _nouns(rewrite.caption2)
    if come - gone or not gone - come or not come:
        return "not_one_change"
    left = iter(_plain(rewrite.caption1))
    return None if all(word in left for word in _plain(rewrite.caption2)) else "not_one_change"


def _put_in(rewrite: Rewrite, change: _Change) -> str | None:
    old, new = _nouns(rewrite.caption1), _nouns(rewrite.caption2)
    left = iter(_plain(rewrite.caption2))
    if old - new or not new - old or not all(word in left for word in _plain(rewrite.caption1)):
        return "not_one_change"
    return None if len(change.new) <= _LONGEST_CHANGE + 4 else "not_one_change"


def _painted(_: Rewrite, change: _Change) -> str | None:
    odd = change.swapped.keys() - COLOURS.keys() - SHADES - ARTICLES - {"and"}
    return "not_one_change" if odd or not change.swapped.keys() & COLOURS.keys() else None


def _counted(rewrite: Rewrite, change: _Change) -> str | None:
    odd = {word for word in change.swapped if word not in NUMBERS and word not in _AGREEING and not word.isdecimal()}
    forms = {form for one in mentions(rewrite.caption1) + mentions(rewrite.caption2) if one.noun == rewrite.before
             for form in one.text.lower().split()}  # fmt: skip
    return "not_one_change" if odd - forms else None


def _put_elsewhere(rewrite: Rewrite, change: _Change) -> str | None:
    known = set((rewrite.before or "").split()) | {
        word for one in mentions(rewrite.caption1) for word in one.text.lower().split()
    }
    odd = change.swapped.keys() - _PLACES - known - {","}
    return "not_one_change" if odd else None


def _nouns(caption: str) -> Counter[str]:
    return Counter(one.noun for one in mentions(caption))


def _plain(caption: str) -> list[str]:
    """The words but those that join a list."""
    return [word for match in _WORD.finditer(caption) if (word := match.group().lower()) not in {"and", ",", ".", "!"}]


_ORDERED = {
    Operation.REPLACE: _exchanged,
    Operation.REMOVE: _taken_out,
    Operation.ADD: _put_in,
    Operation.RECOLOUR: _painted,
    Operation.RECOUNT: _counted,
    Operation.MOVE: _put_elsewhere,
}
