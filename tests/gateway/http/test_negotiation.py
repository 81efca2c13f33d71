"""The Accept header selects the media type."""

import pytest

from gateway.http.negotiation import choose
from imgdiff.errors import NotAcceptable

OFFERED = ("image/png", "image/jpeg", "image/webp")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/webp", "image/webp"),
        ("image/webp;q=0.5, image/jpeg", "image/jpeg"),
        ("image/png;q=0, image/*", "image/jpeg"),
        ("text/html, image/avif, image/webp, */*;q=0.1", "image/webp"),
        ("IMAGE/JPEG", "image/jpeg"),
    ],
)
def test_the_preferred_type_is_chosen(accept: str | None, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "image/png;q=0", "image/gif, image/avif", "image/png;q=much"])
def test_an_unavailable_type_is_rejected_with_the_available_ones(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="image/jpeg"):
        choose(accept, OFFERED)
