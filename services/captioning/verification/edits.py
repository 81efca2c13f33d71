"""Changes of a text that leave it grammatical: words replaced or taken out, articles and capitals put right."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from services.english.inflection import with_article

_ARTICLE = re.compile(r"\b(a|an) +([A-Za-z][\w'-]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Edit:
    """Characters `start`..`end` become `text`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str | None:
    """The text with all edits made; null when two of them touch the same words."""
    ordered = sorted(set(edits), key=lambda edit: (edit.start, edit.end))
    if any(one.end > two.start for one, two in pairwise(ordered)):
        return None
    for edit in reversed(ordered):
        changed = text[: edit.start] + edit.text + text[edit.end :]
        text = _articles(changed, edit.start, edit.start + len(edit.text))
    text = re.sub(r" +([.,;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match.group(1) + match.group(2).upper(), text)


def _articles(text: str, start: int, end: int) -> str:
    """`a` and `an` as they sound before the words at an edit."""

    def sounded(match: re.Match[str]) -> str:
        if match.start(2) < start - 1 or match.start() > end + 1:
            return match.group()
        article = with_article(match.group(2)).split(" ", 1)[0]
        return f"{article.capitalize() if match.group(1)[0].isupper() else article} {match.group(2)}"

    return _ARTICLE.sub(sounded, text)
