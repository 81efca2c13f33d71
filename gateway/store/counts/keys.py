"""What the counters of a dataset count."""

from collections import Counter
from typing import NamedTuple


class Key(NamedTuple):
    """What is counted: a kind, and which one of that kind."""

    kind: str
    key: str


Counts = Counter[Key]
