"""Pages drawn for the tests."""

import numpy as np
from PIL import Image, ImageDraw

from imgdiff.images import RGB

Pen = ImageDraw.ImageDraw


def blank(width: int = 640, height: int = 400, colour: str = "#f8f9fa") -> tuple[Image.Image, Pen]:
    image = Image.new("RGB", (width, height), colour)
    return image, ImageDraw.Draw(image)


def page(ground: str = "#f8f9fa", amount: str = "12,500", button: str = "#2563eb") -> Image.Image:
    """A header, a sidebar, eight lines with an amount in the third, and a button at [200, 330, 340, 370]."""
    image, pen = blank(colour=ground)
    pen.rectangle((0, 0, 640, 40), fill="#20304a")
    pen.text((20, 14), "Acme Console", fill="white")
    for line in range(8):
        pen.text((200, 70 + 24 * line), "The provider delivers the goods for a price of EUR", fill="#1f2430")
        pen.text((520, 70 + 24 * line), amount if line == 2 else "9,000", fill="#1f2430")
        pen.text((20, 70 + 24 * line), f"Section {line}", fill="#456789")
    pen.rectangle((200, 330, 339, 369), fill=button)
    return image


def pixels(image: Image.Image) -> RGB:
    return np.asarray(image)
