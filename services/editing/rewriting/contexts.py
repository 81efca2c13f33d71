"""What the words around a thing imply about it: what flies, what is ridden, what is worn. By hand, without frequencies.

A rule names the groups of peers that its words fit. It applies only where the thing in the caption is of one of these
groups itself; a caption of a flying cow is not made more sensible.
"""

import re
from dataclasses import dataclass

from services.english.things import category_of, table, thing
from services.english.vocabulary import AFTER, BEFORE

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
    for words, groups in AFTER.items():
        pattern = re.compile(rf"{_SKIPPED} (?:{'|'.join(words.split())})\b")
        rules.append(_Rule(pattern, True, frozenset(groups.split())))
    for words, groups in BEFORE.items():
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
