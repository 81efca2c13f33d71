"""The names of the networks' classes, which the grammar writes as they are: `golden retriever`, `carpenter's kit`."""

from functools import cache

from services.english.lexicon import lexicon
from services.english.vocabulary import COLOURS
from services.networks.classifier import imagenet_labels
from services.networks.detector import coco_labels


@cache
def class_names() -> frozenset[str]:
    """All names of several words, in lower case."""
    return frozenset(
        name.lower() for name in (*imagenet_labels(), *coco_labels()) if not name.isalpha() and name != "???"
    )


@cache
def plain_names() -> frozenset[str]:
    """Those that are read as one noun; a language model's `brown bear` is also a bear that is brown."""
    return frozenset(name for name in class_names() if not _coloured_kind(name))


def _coloured_kind(name: str) -> bool:
    """Whether it is a colour and what it is a kind of: a black swan is a swan, a black widow no widow."""
    words = name.replace("-", " ").split()
    return words[0] in COLOURS and lexicon().is_a(name, words[-1])
