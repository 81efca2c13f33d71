"""Class names of the embedded networks that captions use unchanged: `golden retriever`, `carpenter's kit`."""

from functools import cache

from services.english.colours import COLOURS
from services.english.lexicon import lexicon
from services.networks.labels import coco_labels, imagenet_labels


@cache
def class_names() -> frozenset[str]:
    """All names of several words, in lower case, from the label files of the classifier and the detector."""
    names = (name.lower() for name in (*imagenet_labels(), *coco_labels()))
    return frozenset(name for name in names if not name.isalpha())


@cache
def plain_names() -> frozenset[str]:
    """Names that are read as one noun. `brown bear` is not: a language model may mean a bear that is brown."""
    return frozenset(name for name in class_names() if not _coloured_kind(name))


def _coloured_kind(name: str) -> bool:
    """Whether the name is a colour and a hypernym: a black swan is a swan, a black widow is no widow."""
    words = name.replace("-", " ").split()
    return words[0] in COLOURS and lexicon().is_a(name, words[-1])
