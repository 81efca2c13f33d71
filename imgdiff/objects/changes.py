"""The kinds of change of one region."""

from enum import StrEnum


class Change(StrEnum):
    """Kind of change of one region."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"
    RECOLOURED = "recoloured"
    MOVED = "moved"
    CHANGED = "changed"
