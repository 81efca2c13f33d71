"""Which of the media types we can make a client wants most (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from imgdiff.errors import NotAcceptable


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type the client likes best, ours first among equals; raises NotAcceptable."""
    wanted = [_parsed(part) for part in (accept or "*/*").split(",") if part.strip()]
    liking = {media: _quality(media, wanted) for media in offered}
    best = max(offered, key=lambda media: liking[media])
    if liking[best] <= 0:
        raise NotAcceptable(f"can be had as: {', '.join(offered)}")
    return best


def _parsed(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return media, float(quality)
    except ValueError:
        return media, 0.0


def _quality(media: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The most specific range that covers the type decides."""
    for pattern in (media, f"{media.partition('/')[0]}/*", "*/*"):
        for name, quality in wanted:
            if name == pattern:
                return quality
    return 0.0
