"""Labels of objects as keys: two spellings of one noun, in singular or plural, have the same key."""

import re

_APART = re.compile(r"[\s_\-./]+")
_ARTICLE = re.compile(r"^(an?|the) (?=.)")
_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "people": "person",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "hooves": "hoof",
    "shelves": "shelf",
    "wolves": "wolf",
    "calves": "calf",
    "scarves": "scarf",
    "halves": "half",
    "canvases": "canvas",
    "gases": "gas",
    "lenses": "lens",
    "skis": "ski",
    "taxis": "taxi",
    "kiwis": "kiwi",
    "cacti": "cactus",
    "octopi": "octopus",
}
_SHORT = 3  # letters of words whose `s` is no plural, such as `gas`
_SINGULAR = ("ss", "us", "is")  # endings of words that are no plurals
_ENDINGS = ((re.compile(r"ies?$"), "y"), (re.compile(r"(ss|us|ch|sh|x|o)es?$"), r"\1"), (re.compile(r"zzes$"), "z"))
"""Of plurals, and of singulars that may have the same plural: nobody knows whether `-ies` is of `-y` or of `-ie`."""


def label_key(label: str) -> str:
    """The label in lower case, without an article, its words apart, its last word without the ending of a plural.

    The key need be no word, as `ty` of `tie` and `ties`: every label goes through the rules before two are compared.
    """
    words = spell(label).split(" ")
    return " ".join((*words[:-1], _without_plural(_IRREGULAR.get(words[-1], words[-1]))))


def spell(label: str) -> str:
    """The label in lower case, without an article, its words apart: one way to write one number of a noun."""
    return _ARTICLE.sub("", _APART.sub(" ", label).strip().lower())


def _without_plural(word: str) -> str:
    if word.endswith(_SINGULAR):
        return word
    for ending, rest in _ENDINGS:
        if ending.search(word):
            return ending.sub(rest, word)
    return word.removesuffix("s") if len(word) > _SHORT else word
