"""What the words around a thing imply about it: what flies, what is ridden, what is worn. By hand, without frequencies.

A rule names the groups of peers that its words fit. It applies only where the thing in the caption is of one of these
groups itself; a caption of a flying cow is not made more sensible.
"""

import re
from dataclasses import dataclass

from services.english.things import category_of, table, thing

_ANIMATE = "super:person super:animal"
_AFTER = {  # words after the thing, and the groups of peers that they suit
    "flying flies soaring soars hovering hovers": "birds waterfowl young_birds insects aircraft aloft balloons",
    "grazing grazes graze": "livestock grazers giants",
    "perched perches perching": "birds insects small_beasts",
    "swimming swims swim": "waterfowl young_birds swimmers pets beasts giants super:person",
    "parked driving drives": "road_vehicles work_vehicles cycles boats",
    "docked moored sailing sails anchored": "boats",
    "barking meowing purring": "pets",
    "eating eats eat drinking drinks sleeping sleeps walking walks running runs jumping jumps": _ANIMATE,
    "catching catches catch looking looks climbing chasing playing plays": _ANIMATE,
    "riding rides driving holding holds wearing wears reading reads cooking preparing talking": "super:person",
    "cutting cuts pushing brushing swinging skating surfing": "super:person",
    "leaning": "cycles long_tools on_wheels on_snow on_water carried swung super:person",
    "hanging": "lights wall_things street_signs tops dresses fruit soft",
    "blooming blossoming": "super:plant",
    "traveling travelling": "road_vehicles railed cycles",
    "plowing ploughing": "work_vehicles",
    "melting burning": "lights",
}
_BEFORE = {  # words before the thing, `_` for a space, and the groups of peers that suit them
    "riding rides ride riding_on mounting": "livestock giants cycles on_wheels on_snow on_water",
    "driving drives drive": "road_vehicles work_vehicles",
    "wearing wears wear dressed_in": "hats tops dresses neckwear",
    "eating eats eat biting bites": "super:food",
    "drinking drinks sipping pouring spraying": "drinks",
    "flying flies fly": "aloft aircraft",
    "playing plays play": "strings winds",
    "reading reads read": "printed",
    "swinging swings": "swung",
    "catching catches catch throwing throws kicking kicks hitting hits chasing": "discs balls",
    "pushing pushes": "carts cycles",
    "cutting cuts slicing": "super:food",
    "cooking preparing cooks": "super:food",
    "climbing climbs": "trees long_tools towers fences",
    "sitting_in perched_on perched_in": "trees seats fences towers beds containers bags",
    "feeding petting walking milking": "super:animal",
    "bowl_of basket_of bunch_of plate_of box_of tray_of": "super:food flowers",
    "slice_of slices_of piece_of pieces_of": "sliced",
    "cup_of cups_of glass_of glasses_of bottle_of bottles_of mug_of mugs_of": "drinks",
    "vase_of bouquet_of": "flowers garden_flowers",
    "sleeping_on lying_on asleep_on": "seats beds tables soft computers small_devices",
    "sits_on sitting_on sit_on": "seats beds tables soft fences road_vehicles computers printed storage",
    "talking_on": "phones small_devices",
}
_CONTAINERS = frozenset(("drinking", "stemware", "vessels", "holders", "containers", "bags", "monuments"))
_IN_THE_AIR = re.compile(r"^ (?:up |high )*(?:in|above|over|across) (?:the |a )?(?:\w+ )?(?:sky|clouds|air)\b")
_SKIPPED = r"^(?: (?:is|are|was|were|that|who|which|now|slowly|quickly|together|alone))*"


def _list_parts() -> frozenset[str]:
    of_things = (row.parts for row in table().things.values())
    return frozenset(part for parts in (*of_things, *(row.parts for row in table().peers.values())) for part in parts)


_PART = re.compile(rf"\b(?:its|their) (?:\w+ )?({'|'.join(sorted(_list_parts()))})\b")


@dataclass(frozen=True)
class _Rule:
    """`pattern` is searched in the text after the thing or before it; `groups` are those that it fits."""

    pattern: re.Pattern[str]
    after: bool
    groups: frozenset[str]

    def applies(self, before: str, after: str) -> bool:
        """Whether the words are there."""
        return self.pattern.search(after if self.after else before) is not None

    def allows(self, groups: tuple[str, ...]) -> bool:
        """Whether one of a noun's groups is among them."""
        return any(group in self.groups or f"super:{category_of(group)}" in self.groups for group in groups)


def _build_rules() -> tuple[_Rule, ...]:
    rules = [_Rule(_IN_THE_AIR, True, frozenset(["birds", "waterfowl", "insects", "aircraft", "aloft"]))]
    for words, groups in _AFTER.items():
        pattern = re.compile(rf"{_SKIPPED} (?:{'|'.join(words.split())})\b")
        rules.append(_Rule(pattern, True, frozenset(groups.split())))
    for words, groups in _BEFORE.items():
        pattern = re.compile(rf"\b(?:{'|'.join(words.split()).replace('_', ' ')}) $")
        rules.append(_Rule(pattern, False, frozenset(groups.split())))
    return tuple(rules)


_RULES = _build_rules()


def fits(before: str, after: str, old: tuple[str, ...], new: tuple[str, ...], noun: str) -> bool:
    """Whether the texts before and after a thing of the groups `old` also suit a `noun` of the groups `new`."""
    before, after = before.lower(), after.lower()
    if "teeth with" in before:
        return False
    if after.startswith(" of ") and not (_CONTAINERS & set(old) and _CONTAINERS & set(new)):
        return False
    if any(rule.applies(before, after) and rule.allows(old) and not rule.allows(new) for rule in _RULES):
        return False
    part = _PART.search(after)
    if part is None or category_of(old[0]) != "animal":
        return True
    return part[1] in thing(noun).parts or any(part[1] in table().peers[group].parts for group in new)
