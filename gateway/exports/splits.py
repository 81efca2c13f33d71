"""The split of a record: by a hash of its scene, so that every pair of one scene is on the same side."""

import hashlib
from enum import StrEnum
from typing import Protocol

from imgdiff.records import RecordImage

_LIMITS = (0.8, 0.9)  # shares of the scenes up to which they are for training, then for validation; chosen, usual


class OfScene(Protocol):
    """A record, or what was read of it."""

    @property
    def scene(self) -> str | None:
        """Its scene; None in records of earlier versions."""

    @property
    def image1(self) -> RecordImage:
        """The image before the change."""


class Split(StrEnum):
    """What a record is for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def split_of(record: OfScene) -> Split:
    """The same for every record of one scene, in every dataset and every export."""
    number = int.from_bytes(hashlib.sha256(f"split {scene_of(record)}".encode()).digest()[:8]) / 2**64
    return Split.TRAIN if number < _LIMITS[0] else Split.VALIDATION if number < _LIMITS[1] else Split.TEST


def scene_of(record: OfScene) -> str:
    """What identifies the scene; in records of earlier versions the image before the change."""
    return record.scene or record.image1.asset
