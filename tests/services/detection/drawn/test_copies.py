"""A compressed copy of a page: what only the compression changed is no region."""

from collections.abc import Callable

from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Detection
from tests.services.detection.drawn.pages import page, pixels


def test_a_jpeg_copy_of_a_page_is_the_same(detect: Callable[..., Detection], jpeg: Callable[[RGB, int], RGB]) -> None:
    assert detect(pixels(page()), jpeg(pixels(page()), 80)).verdict is Verdict.SAME
