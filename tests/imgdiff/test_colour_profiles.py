"""A profile of the image's own colour space is applied; any other one changes nothing."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from imgdiff.images import ImageLimits, decode

LIMITS = ImageLimits(max_bytes=200_000, max_pixels=1_000_000, max_side=2000)


def _encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def test_a_broken_colour_profile_does_not_matter() -> None:
    data = _encoded(Image.new("RGB", (8, 6)), "PNG", icc_profile=b"not a profile")

    assert decode(data, "/image1", LIMITS).shape == (6, 8, 3)


def _swapped_profile() -> bytes:
    """sRGB's profile with red and blue exchanged, so that a decoder that applies it exchanges them."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_colour_profile_is_applied_in_every_mode_of_colour(mode: str) -> None:
    red = Image.new("RGB", (4, 4), (255, 0, 0)).convert(mode)
    image = decode(_encoded(red, "PNG", icc_profile=_swapped_profile()), "/image1", LIMITS)

    assert image[0, 0, 2] > 240
    assert image[0, 0, 0] < 15


def test_a_profile_leaves_transparency_as_it_is() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))

    assert decode(_encoded(clear, "PNG", icc_profile=_swapped_profile()), "/image1", LIMITS).min() == 255


def test_an_srgb_profile_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = Image.effect_noise((50, 40), 60).convert("RGB")

    assert np.array_equal(decode(_encoded(noise, "PNG", icc_profile=profile), "/image1", LIMITS), np.asarray(noise))


def test_a_profile_of_another_colour_space_is_ignored() -> None:
    grey = Image.new("CMYK", (4, 4), (0, 0, 0, 100))
    data = _encoded(grey, "JPEG", quality=100, icc_profile=_swapped_profile())

    assert np.array_equal(decode(data, "/image1", LIMITS), decode(_encoded(grey, "JPEG", quality=100), "/", LIMITS))
