"""Shares of self-attention of several candidates for one pair, after InstructPix2Pix (arXiv 2211.09800, 3.1.2).

The right strength of an edit differs from caption to caption, so several shares are tried, each with its own noise, and
CLIP decides. Guidance is not drawn, unlike there.
"""

import random

from services.editing.limits import SELF_SHARES


def draw_self_shares(count: int, first: float, seed: int) -> list[float]:
    """Shares of the steps with the base's self-attention: the settings' one, then others drawn by the seed."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    return [first, *(round(drawing.uniform(*SELF_SHARES), 3) for _ in range(count - 1))]
