"""Labels of objects as keys: two spellings of one noun, in singular or plural, have the same key."""

import re

_APART = re.compile(r"[\s_\-./]+")
_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "people": "person",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "buses": "bus",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "shelves": "shelf",
    "wolves": "wolf",
    "calves": "calf",
    "scarves": "scarf",
    "halves": "half",
}
_SINGULAR = ("ss", "us", "is")  # endings of words that are no plurals
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("toes", "to"), ("s", ""))


def label_key(label: str) -> str:
    """The label in lower case, its words apart, its last word in the singular.

    The rules are rough, which does no harm: every label goes through them before two are compared.
    """
    words = _APART.sub(" ", label).strip().lower().split(" ")
    return " ".join((*words[:-1], _singular(words[-1])))


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(_SINGULAR) or len(word) < 4:
        return word
    ending = next((pair for pair in _ENDINGS if word.endswith(pair[0])), None)
    return word if ending is None else word.removesuffix(ending[0]) + ending[1]
