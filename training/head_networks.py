"""The two change heads as torch networks: one weighs pixels alone, the other patch tokens too."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.detection.evidence.change_layers import LAYERS, NETWORK_LAYERS, SUMMARISED
from services.networks import tokens

# Chosen, not measured.
WIDTH, WHOLE_WIDTH = 24, 32  # channels of the plain head and of the one with tokens
DILATIONS = (1, 2, 4, 8, 1)  # cells
BLOCKS = 5  # depths of tokens
PROJECTED = 24  # components to which a token of one depth is projected
TOKEN_WIDTH, HANDED = 48, 24  # channels on the grid of tokens, and of what it hands to the cells
TOKEN_DILATIONS = (1, 2, 4)  # tokens


class PlainHead(nn.Module):
    """N x LAYERS x rows x columns and N x summary to N x 1 x rows x columns of log odds."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(LAYERS, WIDTH, 3, padding=1)
        self.whole = nn.Linear(2 * len(SUMMARISED), WIDTH)
        self.looks = _looks(WIDTH, DILATIONS)
        self.answer = nn.Conv2d(WIDTH, 1, 1)

    def forward(self, local: Tensor, overall: Tensor) -> Tensor:
        seen = functional.relu(self.mix(local) + self.whole(overall)[:, :, None, None])
        return self.answer(_look(seen, self.looks))


class WholeHead(nn.Module):
    """The same with the networks' layers and both images' tokens, N x blocks x rows x columns x components.

    A learnt projection for each depth decides which differences of tokens are changes and which are light.
    """

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Parameter(torch.randn(BLOCKS, tokens.WIDTH, PROJECTED) * tokens.WIDTH**-0.5 * 2)
        self.compare = nn.Conv2d(BLOCKS * (PROJECTED + 1), TOKEN_WIDTH, 3, padding=1)
        self.compared = _looks(TOKEN_WIDTH, TOKEN_DILATIONS)
        self.scene = nn.Linear(2 * TOKEN_WIDTH, TOKEN_WIDTH)
        self.hand = nn.Conv2d(TOKEN_WIDTH, HANDED, 3, padding=1)
        self.coarse = nn.Conv2d(HANDED, 1, 1)  # used in training alone: the tokens must answer by themselves
        self.mix = nn.Conv2d(LAYERS + NETWORK_LAYERS + HANDED, WHOLE_WIDTH, 3, padding=1)
        self.whole = nn.Linear(2 * len(SUMMARISED), WHOLE_WIDTH)
        self.looks = _looks(WHOLE_WIDTH, DILATIONS)
        self.answer = nn.Conv2d(WHOLE_WIDTH, 1, 1)

    def forward(self, local: Tensor, overall: Tensor, tokens1: Tensor, tokens2: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds of cells, and of tokens."""
        handed = self.compare_tokens(tokens1, tokens2)
        spread = functional.interpolate(handed, size=local.shape[2:], mode="bilinear", align_corners=False)
        seen = self.mix(torch.cat([local, spread], 1)) + self.whole(overall)[:, :, None, None]
        return self.answer(_look(functional.relu(seen), self.looks)), self.coarse(handed)

    def compare_tokens(self, tokens1: Tensor, tokens2: Tensor) -> Tensor:
        """N x HANDED x rows x columns of tokens."""
        one, two = (torch.einsum("nbrcd,bdk->nbkrc", each, self.project) for each in (tokens1, tokens2))
        apart = (one - two).abs().flatten(1, 2)
        angle = 1 - (tokens1 * tokens2).sum(-1)
        seen = functional.relu(self.compare(torch.cat([apart, angle], 1)))
        scene = torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1)
        seen = _look(functional.relu(seen + self.scene(scene)[:, :, None, None]), self.compared)
        return functional.relu(self.hand(seen))


def _looks(width: int, dilations: tuple[int, ...]) -> nn.ModuleList:
    return nn.ModuleList(nn.Conv2d(width, width, 3, padding=far, dilation=far) for far in dilations)


def _look(seen: Tensor, looks: nn.ModuleList) -> Tensor:
    for look in looks:
        seen = seen + functional.relu(look(seen))
    return seen
