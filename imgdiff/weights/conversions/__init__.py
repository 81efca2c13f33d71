"""Conversions from the file in a package to the file that is loaded, with the same bytes on every machine."""

from imgdiff.weights.conversions.labels import coco_labels, imagenet_labels
from imgdiff.weights.conversions.lpips import lpips_alex
from imgdiff.weights.conversions.squeezenet import squeezenet
from imgdiff.weights.conversions.tflite import with_embedding
from imgdiff.weights.conversions.vit import vits14_int8
from imgdiff.weights.manifest import Conversion


def convert(conversion: Conversion, data: bytes) -> bytes:  # noqa: PLR0911  one line for each conversion
    """The weight file's bytes, from those of its source."""
    match conversion:
        case "none":
            return data
        case "coco-labels":
            return coco_labels(data)
        case "imagenet-labels":
            return imagenet_labels(data)
        case "tflite-embedding":
            return with_embedding(data)
        case "vits14-int8":
            return vits14_int8(data)
        case "lpips-alex":
            return lpips_alex(data)
        case "squeezenet":
            return squeezenet(data)
