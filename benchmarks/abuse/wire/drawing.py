"""Draws broken requests, every kind in turn, the same for the same seed and target."""

import random
from collections.abc import Iterator

from benchmarks.abuse.wire.forms import FORMS
from benchmarks.abuse.wire.framing import FRAMING
from benchmarks.abuse.wire.heads import HEADS
from benchmarks.abuse.wire.json_bodies import JSON_BODIES
from benchmarks.abuse.wire.request import Abuse, Target

KINDS = {"forms": FORMS, "JSON": JSON_BODIES, "heads": HEADS, "framing": FRAMING}


def draw_abuses(target: Target, count: int, seed: int = 0) -> Iterator[tuple[str, Abuse]]:
    """That many, each with its group."""
    kinds = [(group, damage) for group, damages in KINDS.items() for damage in damages]
    for number in range(count):
        group, damage = kinds[number % len(kinds)]
        yield group, damage(target, random.Random(f"{seed} {number}"))  # noqa: S311  the same in every run
