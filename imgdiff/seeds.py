"""Seeds derived from one seed, each reproducible on its own."""

import hashlib


def derive(seed: int, *parts: int | str) -> int:
    """A seed in 0..2**32-1 for one part of the work; different parts get unrelated seeds."""
    text = "/".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
