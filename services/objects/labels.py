"""What a noun of a request is called here: by the detector's label, if it has one."""

from collections.abc import Sequence

from services.english.inflection import singulars
from services.english.things import class_of

_ARTICLES = ("a ", "an ", "the ")


def label_of(noun: str, labels: Sequence[str]) -> str | None:
    """The detector's label for a noun, in singular or plural, with or without an article; None if it has none."""
    words = without_article(noun)
    return next((label for form in (words, *singulars(words)) if (label := class_of(form)) in labels), None)


def without_article(noun: str) -> str:
    """The noun in lower case, without an article."""
    words = " ".join(noun.lower().split())
    for article in _ARTICLES:
        words = words.removeprefix(article)
    return words
