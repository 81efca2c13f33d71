"""What is known of the things that nouns name: the table `things.toml`, validated when it is first read."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import PositiveFloat, model_validator

from imgdiff.frozen import Frozen

Category = Literal[
    "person",
    "vehicle",
    "outdoor",
    "animal",
    "accessory",
    "sports",
    "kitchen",
    "food",
    "furniture",
    "electronic",
    "appliance",
    "indoor",
]


class Thing(Frozen):
    """One row of the table; `things.toml` explains the fields."""

    category: Category | None = None
    metres: PositiveFloat | None = None
    upright: PositiveFloat | None = None
    synonyms: tuple[str, ...] = ()
    plural: str | None = None
    always_plural: bool = False
    wordnet: str | None = None
    called: str | None = None
    imagenet: tuple[str, ...] = ()
    flying: bool = False
    support: bool = False
    open: bool = False
    holds: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()
    fixed: bool = False
    on: Literal["water", "rails"] | None = None
    see_through: bool = False
    mass: bool = False
    counted: bool = False
    sex: Literal["female", "male"] | None = None
    age: Literal["young", "grown"] | None = None
    parts: tuple[str, ...] = ()

    @property
    def recolourable(self) -> bool:
        """Whether it comes in many colours, as living things and food do not."""
        return self.category not in {"person", "animal", "food"}


class Peers(Frozen):
    """Nouns that can take one another's place in a picture, and parts that all of them have."""

    category: Category | Literal["plant", "structure"]
    nouns: tuple[str, ...]
    parts: tuple[str, ...] = ()


class Table(Frozen):
    """Both parts of the file, by noun and by the name of a group of peers."""

    things: Mapping[str, Thing]
    peers: Mapping[str, Peers]

    @model_validator(mode="after")
    def _check_synonyms(self) -> Self:
        listed = [noun for thing in self.things.values() for noun in thing.synonyms]
        ambiguous = {noun for noun in listed if listed.count(noun) > 1 or self._is_class(noun)}
        if ambiguous:
            raise ValueError(f"synonyms of more than one class: {', '.join(sorted(ambiguous))}")
        return self

    def _is_class(self, noun: str) -> bool:
        return noun in self.things and self.things[noun].category is not None


_UNKNOWN = Thing()


def read_table(text: str) -> Table:
    """Parse a table; raises ValueError at an unknown key, a wrong type or an ambiguous synonym."""
    return Table.model_validate(tomllib.loads(text))


@cache
def table() -> Table:
    """The table that comes with imgdiff."""
    return read_table((files("services.english") / "things.toml").read_text("utf-8"))


def thing(noun: str) -> Thing:
    """What is known of a noun in the singular; a row without values for a noun that the table lacks."""
    return table().things.get(noun, _UNKNOWN)


def class_of(noun: str) -> str:
    """The detector's class that a synonym in the singular belongs to; any other noun is returned as it is."""
    return _classes().get(noun, noun)


@cache
def groups_of(noun: str) -> tuple[str, ...]:
    """Names of the groups of peers that list a noun."""
    return tuple(name for name, group in table().peers.items() if noun in group.nouns)


def category_of(group: str) -> str:
    """The super-category of a group of peers."""
    return table().peers[group].category


@cache
def peer_nouns() -> frozenset[str]:
    """All nouns of all groups of peers."""
    return frozenset(noun for group in table().peers.values() for noun in group.nouns)


@cache
def _classes() -> dict[str, str]:
    return {noun: name for name, row in table().things.items() for noun in row.synonyms}
