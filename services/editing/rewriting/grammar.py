"""What a caption gets wrong: articles that do not fit the next word, numbers that do not fit their noun."""

import re
from collections import Counter

from services.editing.rewriting.mentions import Mention, mentions
from services.english.inflection import article
from services.english.vocabulary import ARTICLES, ONE_IN_PLURAL, words

_ARTICLE = re.compile(r"\b(an?) ([A-Za-z0-9][\w-]*)", re.IGNORECASE)
_DOUBLED = re.compile(
    r"\b(\w+) \1\b|\b(?:an?|the) (?:an?|the)\b|\b(?:an?|the|of|with|and)[.,]|  |,,| [.,]", re.IGNORECASE
)
_BE = words("is are was were")
_QUANTITIES = words("few dozen couple hundred")


def faults(caption: str) -> Counter[str]:
    """Each fault by its words; of two captions, those of the second that the first has not are new."""
    found = Counter(
        match.group().lower() for match in _ARTICLE.finditer(caption) if article(match[2]) != match[1].lower()
    )
    found.update(match.group().lower() for match in _DOUBLED.finditer(caption))
    for one in mentions(caption):
        found.update(_disagreeing(one))
    return found


def _disagreeing(one: Mention) -> list[str]:
    """Its words where article, number and noun, or the sentence's first noun and its verb, do not agree."""
    if one.noun in ONE_IN_PLURAL:
        return []
    before = [token.low for token in one.tokens[one.first : one.phrase.head]]
    wrong = []
    if one.number is not None and (one.number[0] > 1) != one.plural:
        wrong.append(one.text.lower())
    if before and before[0] in ARTICLES and one.plural and _QUANTITIES.isdisjoint(before):
        wrong.append(one.text.lower())
    verb = one.after()
    if verb in _BE and one.first == 0 and one.number is None and (verb in {"are", "were"}) != one.plural:
        wrong.append(f"{one.text.lower()} {verb}")
    return wrong
