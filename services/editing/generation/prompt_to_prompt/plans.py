"""What Prompt-to-Prompt does to one pair: which attention each token of the edit gets, and in which steps.

Positions are those of the text encoder: the begin mark, the words' tokens, the end mark, padding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POSITIONS = 77
"""Of CLIP's text encoders."""
Matrix = NDArray[np.float32]
Row = NDArray[np.float32]


def count_steps(share: float, steps: int) -> int:
    """A share of the steps as their number, rounded down as in the paper's code."""
    return int(share * steps + 1e-6)  # 0.29 * 100 is a little less than 29


@dataclass(frozen=True)
class CrossEdit:
    """Which attention each token of the edit gets.

    `lent` is 77 x 77, base tokens by edit tokens: with base maps P the edit's are P @ lent. `held` (77) is 1 for tokens
    that get lent attention; the others keep their own. `weights` (77) scale a token's attention in all steps.
    `before` and `after` are the positions of the exchanged nouns, in the base and in the edit.
    """

    lent: Matrix
    held: Row
    weights: Row
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True)
class PairPlan:
    """A cross-attention edit and the shares of the steps, 0..1, in which attention is the base's."""

    edit: CrossEdit
    self_share: float = 0.4  # this and the next: the paper's code
    cross_share: float = 1.0

    def self_until(self, steps: int) -> int:
        """The first step in which self-attention is the edit's own."""
        return count_steps(self.self_share, steps)

    def lending(self, step: int, steps: int) -> tuple[Matrix, Row]:
        """At a step: what the base lends (77 x 77), and the share of its own attention that each token keeps (77)."""
        held = self.edit.held if step < count_steps(self.cross_share, steps) else np.zeros_like(self.edit.held)
        return self.edit.lent * (held * self.edit.weights), (1 - held) * self.edit.weights
