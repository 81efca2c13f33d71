"""The joined pair of the second stage: both images side by side with a red box, a black bar between (paper 15.3)."""

from imgdiff.images import RGB, join_images, mark_box
from imgdiff.records import Box
from services.imaging.boxes import grow, window

_GROWN = 5  # pixels added to a box on each side; paper, section 15.3


def crop_marked(image: RGB, box: Box) -> RGB:
    """The pixels of the grown box, not copied."""
    return image[window(grow(box, _GROWN, image.shape))]


def mark(image: RGB, box: Box) -> RGB:
    """A copy with the grown box drawn in red."""
    return mark_box(image, grow(box, _GROWN, image.shape))


def join(left: RGB, right: RGB) -> RGB:
    """Both images on one canvas."""
    return join_images(left, right)
