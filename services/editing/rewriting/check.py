"""Whether an edited caption is the requested edit: one change, in grammatical English, without comments."""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from imgdiff.records import Operation, Reason
from services.editing.limits import LONGEST_CHANGE, MOST_EXTRA_WORDS
from services.editing.rewriting.kinds import same_thing
from services.editing.rewriting.mentions import Mention, extract_mentions
from services.editing.rewriting.rewrite import Rewrite
from services.english.colours import COLOURS, SHADES
from services.english.inflection import article
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
_ARTICLE = re.compile(r"\b(an?) ([A-Za-z0-9][\w-]*)", re.IGNORECASE)
_DOUBLED = re.compile(
    r"\b(\w+) \1\b|\b(?:an?|the) (?:an?|the)\b|\b(?:an?|the|of|with|and)[.,]|  |,,| [.,]", re.IGNORECASE
)
_BE = words("is are was were")
_QUANTITIES = words("few dozen couple hundred")
_AGREEING = TO_MANY.keys() | TO_ONE.keys() | ARTICLES
_PLACES = words(
    "on the at in with left right top bottom middle centre center side behind front of next to beside above below "
    "under near far from"
)


@dataclass(frozen=True)
class _Change:
    """The words of both captions from the first to the last that differ, and their character spans."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    old_span: tuple[int, int]
    new_span: tuple[int, int]
    swapped: Counter[str]  # words that only one of the two has


def find_fault(operation: Operation, rewrite: Rewrite) -> Reason | None:
    """Why the rewrite is rejected; null if it is not."""
    first, second = rewrite.caption1, rewrite.caption2
    if " ".join(first.lower().split()).rstrip(".!?") == " ".join(second.lower().split()).rstrip(".!?"):
        return _reason("unchanged")
    if _chatters(first, second):
        return _reason("chatter")
    if is_foreign(second):
        return _reason("language")
    if len(second.split()) > len(first.split()) + MOST_EXTRA_WORDS:
        return _reason("too_long")
    fault = _CHECKS[operation](rewrite, _find_change(first, second))
    if fault is not None:
        return _reason(fault)
    return _reason("ungrammatical") if find_errors(second) - find_errors(first) else None


def adopt_change(caption1: str, written: str, before: str, after: str) -> Rewrite:
    """The given caption with only the words that a model changed; all other letters stay as given.

    The nouns are read from the captions; the model's own `before` and `after` serve where none can be read.
    """
    written = _end_alike(caption1, written)
    change = _find_change(caption1, written)
    (start, end), (from_, to) = change.old_span, change.new_span
    if not change.old or not change.new:
        return Rewrite(caption1, written, before or None, after or None)
    changed = written[from_:to]
    changed = changed[0].upper() + changed[1:] if start == 0 and caption1[0].isupper() else changed
    caption2 = caption1[:start] + changed + caption1[end:]
    old, new = _find_phrase(caption1, change.old_span), _find_phrase(caption2, (start, start + len(changed)))
    return Rewrite(caption1, caption2, old.noun if old else before, new.noun if new else after)


def _end_alike(caption1: str, written: str) -> str:
    """What was written with the full stop of the given caption, or without one."""
    body = written.rstrip().rstrip(".!?")
    return body + caption1.rstrip()[-1:] if caption1.rstrip()[-1:] in {".", "!", "?"} else body


def _reason(fault: str) -> Reason:
    return Reason(code=f"rewrite.{fault}")


def _chatters(first: str, second: str) -> bool:
    """Whether the second caption has comments on itself, or sentences, that the first one does not have."""
    comments = Counter(match.group().lower() for match in _CHATTER.finditer(second))
    given = Counter(match.group().lower() for match in _CHATTER.finditer(first))
    return bool(comments - given) or len(_ENDS.findall(second)) > max(1, len(_ENDS.findall(first)))


def _find_change(first: str, second: str) -> _Change:
    words1, words2 = (list(_WORD.finditer(text)) for text in (first, second))
    low1, low2 = ([match.group().lower() for match in found] for found in (words1, words2))
    codes = [code for code in SequenceMatcher(None, low1, low2, autojunk=False).get_opcodes() if code[0] != "equal"]
    if not codes:
        return _Change((), (), (0, 0), (0, 0), Counter())
    i1, i2, j1, j2 = codes[0][1], codes[-1][2], codes[0][3], codes[-1][4]
    if (i1 == i2 or j1 == j2) and i2 < len(low1) and j2 < len(low2):
        i2, j2 = i2 + 1, j2 + 1  # an added or dropped word changes the word after it: a dog, a hot dog
    swapped: Counter[str] = Counter()
    for _, a1, a2, b1, b2 in codes:
        swapped.update(low1[a1:a2] + low2[b1:b2])
    spans = [
        (found[start].start() if start < len(found) else len(text), found[end - 1].end() if end > start else 0)
        for text, found, start, end in ((first, words1, i1, i2), (second, words2, j1, j2))
    ]
    return _Change(tuple(low1[i1:i2]), tuple(low2[j1:j2]), spans[0], spans[1], swapped)


def _find_phrase(caption: str, span: tuple[int, int]) -> Mention | None:
    """The thing whose phrase contains all of a change."""
    return next((each for each in extract_mentions(caption) if each.group <= span[0] and span[1] <= each.end), None)


def _check_replacement(rewrite: Rewrite, change: _Change) -> str | None:
    if max(len(change.old), len(change.new)) > LONGEST_CHANGE or not change.old or not change.new:
        return "not_one_change"
    old, new = _find_phrase(rewrite.caption1, change.old_span), _find_phrase(rewrite.caption2, change.new_span)
    if old is None or (new is None and len(change.new) > 3) or "," in change.new:
        return "not_one_change"
    after = new.noun if new is not None else rewrite.after or ""
    if old.noun == after:
        return "not_one_change"
    if same_thing(old.noun, after):
        return "same_thing"
    if new is not None and old.plural != new.plural and old.noun != new.noun and new.noun not in ONE_IN_PLURAL:
        return "ungrammatical"
    return None


def _check_removal(rewrite: Rewrite, _: _Change) -> str | None:
    old, new = _count_nouns(rewrite.caption1), _count_nouns(rewrite.caption2)
    if new - old or not old - new or not new:
        return "not_one_change"
    return None if _is_subsequence(rewrite.caption2, rewrite.caption1) else "not_one_change"


def _check_addition(rewrite: Rewrite, change: _Change) -> str | None:
    old, new = _count_nouns(rewrite.caption1), _count_nouns(rewrite.caption2)
    if old - new or not new - old or not _is_subsequence(rewrite.caption1, rewrite.caption2):
        return "not_one_change"
    return None if len(change.new) <= LONGEST_CHANGE + 4 else "not_one_change"  # `, with a <noun> next to the`


def _check_recolouring(_: Rewrite, change: _Change) -> str | None:
    odd = change.swapped.keys() - COLOURS.keys() - SHADES - ARTICLES - {"and"}
    return "not_one_change" if odd or not change.swapped.keys() & COLOURS.keys() else None


def _check_recount(rewrite: Rewrite, change: _Change) -> str | None:
    odd = {word for word in change.swapped if word not in NUMBERS and word not in _AGREEING and not word.isdecimal()}
    both = extract_mentions(rewrite.caption1) + extract_mentions(rewrite.caption2)
    forms = {form for each in both if each.noun == rewrite.before for form in each.text.lower().split()}
    return "not_one_change" if odd - forms else None


def _check_move(rewrite: Rewrite, change: _Change) -> str | None:
    mentioned = {word for each in extract_mentions(rewrite.caption1) for word in each.text.lower().split()}
    odd = change.swapped.keys() - _PLACES - mentioned - set((rewrite.before or "").split()) - {","}
    return "not_one_change" if odd else None


_CHECKS = {
    Operation.REPLACE: _check_replacement,
    Operation.REMOVE: _check_removal,
    Operation.ADD: _check_addition,
    Operation.RECOLOUR: _check_recolouring,
    Operation.RECOUNT: _check_recount,
    Operation.MOVE: _check_move,
}


def _count_nouns(caption: str) -> Counter[str]:
    return Counter(each.noun for each in extract_mentions(caption))


def _is_subsequence(short: str, long: str) -> bool:
    """Whether a caption has all words of another one in order, but for those that join a list."""
    left = iter(_list_words(long))
    return all(word in left for word in _list_words(short))


def _list_words(caption: str) -> list[str]:
    return [word for match in _WORD.finditer(caption) if (word := match.group().lower()) not in {"and", ",", ".", "!"}]


def find_errors(caption: str) -> Counter[str]:
    """Every article, number and verb that does not agree, and doubled words, each by its words."""
    found = Counter(
        match.group().lower() for match in _ARTICLE.finditer(caption) if article(match[2]) != match[1].lower()
    )
    found.update(match.group().lower() for match in _DOUBLED.finditer(caption))
    for mention in extract_mentions(caption):
        found.update(_find_disagreement(mention))
    return found


def _find_disagreement(mention: Mention) -> list[str]:
    """The words in which article, number and noun, or the first noun and its verb, do not agree."""
    if mention.noun in ONE_IN_PLURAL:
        return []
    before = [token.low for token in mention.tokens[mention.first : mention.phrase.head]]
    wrong = []
    if mention.number is not None and (mention.number[0] > 1) != mention.plural:
        wrong.append(mention.text.lower())
    if before and before[0] in ARTICLES and mention.plural and _QUANTITIES.isdisjoint(before):
        wrong.append(mention.text.lower())
    verb = mention.after()
    if verb in _BE and mention.first == 0 and mention.number is None and (verb in {"are", "were"}) != mention.plural:
        wrong.append(f"{mention.text.lower()} {verb}")
    return wrong
