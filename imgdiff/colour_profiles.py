"""The colours of an image file as sRGB, by the ICC profile that it carries."""

import io

from PIL import Image, ImageCms


def convert_to_srgb(image: Image.Image) -> Image.Image:
    """The colours without alpha as RGB, by the image's ICC profile where it has one that fits its mode."""
    plain = image if image.mode == "RGB" else image.convert("RGB")
    if "icc_profile" not in image.info:
        return plain
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        colours = _in_space(image, plain, profile.profile.xcolor_space)
        if colours is None or ImageCms.getProfileDescription(profile).lower().startswith("srgb"):
            return plain
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(colours, profile, srgb, outputMode="RGB") or plain
    except Exception:  # noqa: BLE001  whatever a broken profile leads to, it is no reason to refuse the pixels
        return plain


def _in_space(image: Image.Image, plain: Image.Image, space: str) -> Image.Image | None:
    """The image in the mode of its profile's colour space; None where they do not fit."""
    grey, cmyk = image.mode in {"1", "L", "LA"}, image.mode == "CMYK"
    match space.strip():
        case "RGB":
            return None if cmyk else plain
        case "GRAY":
            return image.convert("L") if grey else None
        case "CMYK":
            return image if cmyk else None
        case _:
            return None
