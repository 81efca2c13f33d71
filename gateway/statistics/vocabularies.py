"""Known vocabularies of object names: those of the embedded models, one name a line."""

from functools import cache
from importlib import resources

from imgdiff.objects.labels import label_key

NAMES = ("coco", "imagenet")


@cache
def keys(vocabulary: str) -> frozenset[str]:
    """The keys of all names of a vocabulary."""
    return frozenset(label_key(name) for name in read(vocabulary))


def read(vocabulary: str) -> list[str]:
    """The names of a vocabulary."""
    file = resources.files("imgdiff.objects") / "vocabularies" / f"{vocabulary}.txt"
    return file.read_text("utf-8").splitlines()
