"""The thing that an instruction is about."""

from dataclasses import dataclass

from imgdiff.records import Box
from imgdiff.seeds import derive
from imgdiff.stages import EditingRequest


@dataclass(frozen=True)
class Target:
    """The thing to edit: its noun, its name in a sentence, how many were detected, and which it is if that is clear.

    `choice` counts the pairs of the request that edit the same thing: each does so in another way.
    """

    noun: str
    phrase: str
    count: int = 0
    index: int | None = None
    choice: int = 0


def derive_shared_seed(request: EditingRequest, *parts: str) -> int:
    """A seed that all pairs of a request and all their rounds have in common."""
    return derive(request.seed, *parts)


def find_middle(box: Box) -> float:
    """The column of a box's middle."""
    return (box[0] + box[2]) / 2
