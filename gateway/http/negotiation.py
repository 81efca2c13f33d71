"""Content negotiation: the media type that a client prefers (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from imgdiff.errors import NotAcceptable


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type that `accept` prefers, the first among equals; raises NotAcceptable."""
    ranges = [_parse(part) for part in (accept or "*/*").split(",") if part.strip()]
    qualities = {media: _quality(media, ranges) for media in offered}
    best = max(offered, key=lambda media: qualities[media])
    if qualities[best] <= 0:
        raise NotAcceptable(f"available formats: {', '.join(offered)}")
    return best


def _parse(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return media, float(quality)
    except ValueError:
        return media, 0.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that covers the type."""
    for pattern in (media, f"{media.partition('/')[0]}/*", "*/*"):
        for name, quality in ranges:
            if name == pattern:
                return quality
    return 0.0
