"""The detector's label for a noun of a request."""

from collections.abc import Sequence

from services.english.inflection import singulars
from services.english.things import class_of

_ARTICLES = ("a ", "an ", "the ")


def label_of(noun: str, labels: Sequence[str]) -> str | None:
    """The detector's label for a noun, in singular or plural, with or without an article; None if it has none."""
    words = " ".join(noun.lower().split())
    for article in _ARTICLES:
        words = words.removeprefix(article)
    return next((label for form in (words, *singulars(words)) if (label := class_of(form)) in labels), None)
