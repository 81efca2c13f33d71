"""Conversions from the file in a package to the file that is loaded, with the same bytes on every machine."""

from collections.abc import Callable
from functools import partial

from imgdiff.weights.conversions.labels import appended_file
from imgdiff.weights.conversions.lpips import lpips_alex
from imgdiff.weights.conversions.squeezenet import squeezenet
from imgdiff.weights.conversions.tflite import with_embedding
from imgdiff.weights.conversions.vit import vits14_int8
from imgdiff.weights.manifest import Conversion

_CONVERSIONS: dict[Conversion, Callable[[bytes], bytes]] = {
    "none": lambda data: data,
    "coco-labels": partial(appended_file, "labels.txt"),
    "imagenet-labels": partial(appended_file, "labels_without_background.txt"),
    "tflite-embedding": with_embedding,
    "vits14-int8": vits14_int8,
    "lpips-alex": lpips_alex,
    "squeezenet": squeezenet,
}


def convert(conversion: Conversion, data: bytes) -> bytes:
    """The weight file's bytes, from those of its source."""
    return _CONVERSIONS[conversion](data)
