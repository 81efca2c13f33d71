"""Seeds drawn from one seed: as many as are needed, each the same whenever it is asked for."""

import hashlib


def derived(seed: int, *parts: int | str) -> int:
    """A seed in 0..2**32-1 for these parts of what the seed stands for; other parts give an unrelated one."""
    text = "/".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
