"""What a text or a finding claims about its region: things, colours, numbers, places and kinds of change."""

from dataclasses import dataclass
from typing import Literal

from imgdiff.evidence import ImageNumber
from imgdiff.records import Change

Sides = tuple[ImageNumber, ...]
"""Images of which any one may support a claim."""
EITHER: Sides = (1, 2)
"""Sides of a claim that names no image."""
Role = Literal["here", "from", "to"]


@dataclass(frozen=True)
class Number:
    """`value` things exactly, or at least that many; `text` quotes number and noun."""

    value: int
    exact: bool
    text: str


@dataclass(frozen=True)
class Thing:
    """A thing in one of the images of `sides`, and not in image `absent`; `text` quotes the noun.

    An `anchor` only locates another thing and may itself lie outside the box. Of a `setting` nothing is claimed but
    that it is there. `name` is the class name of which the noun is the end; `key` identifies the thing in its sentence.
    """

    key: int
    noun: str
    text: str
    sides: Sides
    absent: ImageNumber | None = None
    anchor: bool = False
    setting: bool = False
    number: Number | None = None
    name: str | None = None


@dataclass(frozen=True)
class Colour:
    """A colour word in lower case. `of` is the key of the thing that it modifies, null after a verb.

    `name` is the class name that the word is part of, as `black swan`.
    """

    word: str
    text: str
    sides: Sides
    of: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class Place:
    """Words for a place of the picture: where the region lies, or the ends of a move."""

    words: frozenset[str]
    text: str
    role: Role = "here"


@dataclass(frozen=True)
class Event:
    """A kind of change, and the words that state it."""

    change: Change
    text: str


@dataclass(frozen=True)
class QuotedText:
    """A text that one of the images of `sides` reads, as the sentence quotes it; an ellipsis stands for its rest."""

    text: str
    sides: Sides


@dataclass(frozen=True)
class Claims:
    """All claims of one sentence."""

    things: tuple[Thing, ...] = ()
    colours: tuple[Colour, ...] = ()
    places: tuple[Place, ...] = ()
    events: tuple[Event, ...] = ()
    texts: tuple[QuotedText, ...] = ()
