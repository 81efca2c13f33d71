"""Evidence of scenes that are known in full."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from imgdiff.evidence import ImageNumber
from imgdiff.records import Change
from services.english.lexicon import lexicon


@dataclass(frozen=True)
class Scene:
    """Both images of one region by hand: nouns with their number in the box, and nouns around it in both."""

    inside1: Mapping[str, int] = field(default_factory=dict)
    inside2: Mapping[str, int] = field(default_factory=dict)
    around: frozenset[str] = frozenset()
    colours1: Mapping[str, float] = field(default_factory=dict)
    colours2: Mapping[str, float] = field(default_factory=dict)
    at: frozenset[str] = frozenset()
    to: frozenset[str] | None = None
    change: frozenset[Change] = frozenset()
    text1: str | None = None
    text2: str | None = None

    def shows(self, image: ImageNumber, noun: str) -> bool:
        return any(lexicon().is_a(kind, noun) for kind in self._inside(image))

    def support(self, image: ImageNumber, noun: str) -> float:
        return float(self.shows(image, noun))

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        return not self.shows(image, noun)

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        return any(lexicon().is_a(kind, noun) for kind in self.around)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        return self.colours1 if image == 1 else self.colours2

    def count(self, image: ImageNumber, noun: str) -> int | None:
        return sum(number for kind, number in self._inside(image).items() if lexicon().is_a(kind, noun))

    def places(self) -> frozenset[str]:
        return self.at

    def destination(self) -> frozenset[str] | None:
        return self.to

    def changes(self) -> frozenset[Change]:
        return self.change

    def reads(self, image: ImageNumber, text: str) -> bool:
        return text == (self.text1 if image == 1 else self.text2)

    def turned(self) -> "Scene":
        """The same pair the other way round."""
        opposite = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
        return replace(
            self,
            inside1=self.inside2,
            inside2=self.inside1,
            colours1=self.colours2,
            colours2=self.colours1,
            change=frozenset(opposite.get(change, change) for change in self.change),
        )

    def _inside(self, image: ImageNumber) -> Mapping[str, int]:
        return self.inside1 if image == 1 else self.inside2


ROOM = frozenset({"sofa", "table", "dining table", "chair", "wall", "floor", "window", "rug", "shelf", "person"})
STREET = frozenset({"road", "building", "sidewalk", "tree", "sky", "bench", "parking lot", "grass", "person"})
TOP_RIGHT, LEFT, CENTRE = frozenset({"top", "right"}), frozenset({"left"}), frozenset({"centre"})

CUP_ADDED = Scene(
    {}, {"cup": 1}, ROOM, {"brown": 0.9}, {"red": 0.85, "white": 0.1}, TOP_RIGHT, change=frozenset({Change.ADDED})
)
DOG_TO_CAT = Scene(
    {"dog": 1},
    {"cat": 1},
    ROOM,
    {"brown": 0.7, "black": 0.2},
    {"grey": 0.8, "white": 0.15},
    LEFT,
    change=frozenset({Change.REPLACED}),
)
CAR_BLUE = Scene(
    {"car": 1},
    {"car": 1},
    STREET,
    {"red": 0.8, "black": 0.15},
    {"blue": 0.8, "black": 0.15},
    CENTRE,
    change=frozenset({Change.RECOLOURED}),
)
CARS_GONE = Scene(
    {"car": 2},
    {},
    STREET,
    {"white": 0.5, "blue": 0.4},
    {"grey": 0.9},
    frozenset({"bottom", "left"}),
    change=frozenset({Change.REMOVED}),
)
VASE_MOVED = Scene(
    {"vase": 1},
    {},
    ROOM | {"flower"},
    {"blue": 0.7},
    {"white": 0.9},
    LEFT,
    frozenset({"right"}),
    change=frozenset({Change.MOVED}),
)
BIRDS = Scene(
    {"bird": 3},
    {"bird": 2},
    STREET,
    {"black": 0.9},
    {"black": 0.5, "blue": 0.4},
    frozenset({"top"}),
    change=frozenset({Change.REMOVED, Change.CHANGED}),
)
HAT_ON = Scene(
    {"man": 1}, {"man": 1, "hat": 1}, STREET, {"brown": 0.8}, {"black": 0.8}, CENTRE, change=frozenset({Change.ADDED})
)
SIGN = Scene(
    {"traffic light": 1},
    {"stop sign": 1},
    STREET,
    {"black": 0.6, "yellow": 0.3},
    {"red": 0.7, "white": 0.2},
    TOP_RIGHT,
    change=frozenset({Change.REPLACED}),
)
FRUIT = Scene(
    {"orange": 1},
    {"apple": 1},
    ROOM | {"bowl"},
    {"orange": 0.9},
    {"green": 0.9},
    frozenset({"bottom"}),
    change=frozenset({Change.REPLACED}),
)
BOOKS = Scene(
    {},
    {"book": 4},
    ROOM,
    {"white": 0.9},
    {"red": 0.3, "blue": 0.3, "green": 0.3},
    LEFT,
    change=frozenset({Change.ADDED}),
)

SCENES = {
    "cup_added": CUP_ADDED,
    "dog_to_cat": DOG_TO_CAT,
    "car_blue": CAR_BLUE,
    "cars_gone": CARS_GONE,
    "vase_moved": VASE_MOVED,
    "birds": BIRDS,
    "hat_on": HAT_ON,
    "sign": SIGN,
    "fruit": FRUIT,
    "books": BOOKS,
}


@pytest.fixture(scope="session")
def scenes() -> dict[str, Scene]:
    return SCENES
