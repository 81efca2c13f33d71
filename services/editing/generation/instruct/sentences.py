"""Edits as instructions in plain English, for models that edit an image as a sentence tells them."""

from services.editing.rewriting.mentions import extract_mentions, tidy
from services.english.inflection import number, plural, several, with_article
from services.english.things import thing
from services.english.vocabulary import ARTICLES, DETERMINERS, NUMBERS

_KEEP = "Keep everything else as it is."
_OBJECT = "object"  # where a phrase has no words of its own
_LEADING = ARTICLES | {"the"}  # left out before an article is put in
_SIDES = {
    "left": "to the left side",
    "right": "to the right side",
    "top": "to the top",
    "bottom": "to the bottom",
    "centre": "to the middle",
    "center": "to the middle",
    "middle": "to the middle",
}


def definite(phrase: str) -> str:
    """A thing of the picture: `the brown dog` for `a brown dog`; a phrase with another determiner stays as it is."""
    words = _words(phrase)
    if words[0].lower() in DETERMINERS - _LEADING:
        return " ".join(words)
    return " ".join(("the", *_bare(words)))


def indefinite(phrase: str) -> str:
    """A new thing: `a cat` for `the cat`; `cats`, `two cats` and `broccoli` stay without an article."""
    bare = _bare(_words(phrase))
    text = " ".join(bare)
    if bare[0].lower() in NUMBERS or bare[0].isdecimal() or bare[0].lower() in DETERMINERS:
        return text
    mentions = extract_mentions(text)
    return text if mentions and mentions[-1].plural else with_article(text)


def replace(old: str, new: str) -> str:
    """Another thing in the place of a thing; both are whole phrases, here and below."""
    return f"Replace {old} with {new}. {_KEEP}"


def remove(old: str) -> str:
    """A thing less."""
    return f"Remove {old}. Fill the gap with the background. {_KEEP}"


def add(new: str, beside: str | None = None) -> str:
    """A thing more, next to another one if that is named."""
    return f"Add {new}{'' if beside is None else f' next to {beside}'}. {_KEEP}"


def recolour(old: str, colour: str) -> str:
    """A thing in another colour."""
    return f"Make {old} {colour}. {_KEEP}"


def move(old: str, side: str) -> str:
    """A thing at a side of the picture, one of `SIDES` of the vocabulary; raises KeyError for another one."""
    return f"Move {old} {_SIDES[side]} of the picture. {_KEEP}"


def move_as(old: str, caption: str) -> str:
    """A thing at a place that a caption of the new picture states."""
    return f"Move {old}, so that the picture shows this: {_end(caption)}. {_KEEP}"


def recount(noun: str, before: int | None, after: int) -> str:
    """Another number of things, `noun` in the singular; null stands for an unknown number before."""
    if before is not None and after == before + 1:
        return f"Add one more {_one(noun)}, so that there are {several(noun, after)}. {_KEEP}"
    if before is not None and after == before - 1:
        left = f"only one {_one(noun)} is" if after == 1 else f"{several(noun, after)} are"
        return f"Remove one of the {number(before)} {_many(noun)}, so that {left} left. {_KEEP}"
    there = f"is exactly one {_one(noun)}" if after == 1 else f"are exactly {several(noun, after)}"
    return f"Change the number of {_many(noun)}, so that there {there}. {_KEEP}"


def one_more(noun: str) -> str:
    """One thing more of an unknown number; `noun` in the singular."""
    return f"Add one more {_one(noun)}. {_KEEP}"


def show(caption: str) -> str:
    """Whatever turns the picture into one that a caption describes."""
    return f"Change the picture only as far as needed, so that it shows this: {_end(caption)}. {_KEEP}"


def _end(caption: str) -> str:
    return tidy(caption).rstrip(".!? ")


def _words(phrase: str) -> list[str]:
    return tidy(phrase).rstrip(".,;:!? ").split() or [_OBJECT]


def _bare(words: list[str]) -> list[str]:
    return (words[1:] if words[0].lower() in _LEADING else words) or [_OBJECT]


def _one(noun: str) -> str:
    return f"pair of {plural(noun)}" if thing(noun).always_plural else noun


def _many(noun: str) -> str:
    return f"pairs of {plural(noun)}" if thing(noun).always_plural else plural(noun)
