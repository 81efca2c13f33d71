"""Sentences: a finding in English. Deterministic, and with nothing in it that the finding does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgdiff.evidence import Word, WordSource
from imgdiff.records import Box, Change
from services.captioning.limits import LONGEST_QUOTE, MOST_PLACES_LISTED, MOST_TEXTS_LISTED
from services.captioning.observation.evidence_source import EvidenceSource
from services.captioning.observation.finding import Finding
from services.english.colours import takes_colour
from services.english.inflection import have, join_nouns, number, several, with_article

ELLIPSIS = "\u2026"
TEXT = "text"
_HAPPENED = {Change.ADDED: "been added", Change.REMOVED: "been removed", Change.CHANGED: "changed"}
_HAPPENED_TO_TEXT = {
    **{change: f"been {change.value}" for change in (Change.ADDED, Change.REMOVED, Change.REPLACED, Change.CHANGED)},
    Change.RECOLOURED: "changed colour",
    Change.MOVED: "moved",
}


@dataclass(frozen=True)
class Draft:
    """A finding to be put into words, with `where` it is, where its thing `went`, and the evidence to check it by."""

    finding: Finding
    where: str
    went: str | None
    evidence: EvidenceSource

    @property
    def text(self) -> str:
        """The sentence."""
        return write_sentence(self.finding, self.where, self.went)

    @property
    def words(self) -> tuple[Word, ...]:
        """Those of the finding, and those for its place."""
        places = dict.fromkeys(place_noun(where) for where in (self.where, self.went) if where is not None)
        return (*self.finding.words, *(Word(text=one, source=WordSource.BOX) for one in places))

    def with_finding(self, finding: Finding) -> "Draft":
        """The same place and evidence for another finding."""
        return replace(self, finding=finding)


def noun_phrase(label: str | None, colour: str | None, count: int = 1) -> str | None:
    """`a red cup`, `an umbrella`, `two cars`; null without a noun."""
    if label is None:
        return None
    stated = colour if takes_colour(label) else None
    return with_article(label, stated) if count == 1 else several(label, count, stated)


def place_phrase(box: Box, width: int, height: int) -> str:
    """Where a box is in a picture of width x height pixels: `at the top left`, `in the centre`."""
    across = ("left", "", "right")[min(2, int(3 * (box[0] + box[2]) / 2 / width))]
    down = ("top", "", "bottom")[min(2, int(3 * (box[1] + box[3]) / 2 / height))]
    if not across and not down:
        return "in the centre"
    return "on the " + across if not down else " ".join(word for word in ("at the", down, across) if word)


def place_noun(where: str) -> str:
    """`the top left` of `at the top left`."""
    return where.partition(" ")[2]


def write_sentence(finding: Finding, where: str, moved_to: str | None = None) -> str:
    """What happened at one place; `something` replaces a noun that is unknown."""
    if finding.text1 is not None or finding.text2 is not None:
        return _write_text(finding, where, moved_to or where)
    return _write_thing(finding, where, moved_to)


def _write_thing(finding: Finding, where: str, moved_to: str | None) -> str:
    bare = not (finding.label1 or finding.label2 or finding.colour1 or finding.colour2)
    there = f"next to {with_article(finding.near)} {where}" if bare and finding.near else where
    first = _write_definite(finding, finding.label1, finding.colour1)
    subject = finding.label2 if finding.change is Change.ADDED else finding.label1
    has = have(subject, finding.count if subject is not None and finding.change in _HAPPENED else 1)
    match finding.change:
        case Change.ADDED:
            new = noun_phrase(finding.label2, finding.colour2, finding.count)
            new = new or _write_unnamed(finding, finding.colour2)
            return _capitalise(f"{new} {there} {has} been added.")
        case Change.REMOVED:
            return _capitalise(f"{first} {there} {has} been removed.")
        case Change.REPLACED:
            new = noun_phrase(finding.label2, finding.colour2)
            new = new or _write_unnamed(finding, finding.colour2, "something else")
            return _capitalise(f"{first} {where} {has} been replaced by {new}.")
        case Change.RECOLOURED:
            return _capitalise(f"{_write_recolouring(finding, where, has)}.")
        case Change.MOVED:
            return _capitalise(_write_move(first, has, where, moved_to or where, finding.towards))
        case Change.CHANGED:
            return _capitalise(f"{first} {where} {has} changed.")


def summarise(described: Sequence[tuple[Finding, str, str]]) -> str | None:
    """One text from findings, their places and their sentences; equal changes share one. Null without findings."""
    groups: dict[tuple[Change, str | None], list[tuple[Finding, str, str]]] = {}
    for finding, where, text in described:
        noun = TEXT if finding.text1 or finding.text2 else finding.label1 or finding.label2
        groups.setdefault((finding.change, noun), []).append((finding, where, text))
    texts = [_summarise_group(change, noun, members) for (change, noun), members in groups.items()]
    return " ".join(dict.fromkeys(text for group in texts for text in group)) or None


def _summarise_group(change: Change, noun: str | None, members: Sequence[tuple[Finding, str, str]]) -> list[str]:
    """One sentence for several equal changes; else the sentence of each."""
    texts = list(dict.fromkeys(text for _, _, text in members))
    if len(members) == 1:
        return texts
    places = list(dict.fromkeys(where for _, where, _ in members))
    at = f" {join_nouns(places)}" if len(places) <= MOST_PLACES_LISTED else ""
    count = sum(finding.count for finding, _, _ in members)
    inside = f"in {number(count)} places{',' + at if at else ''}"
    if noun == TEXT:
        if len(texts) <= MOST_TEXTS_LISTED:
            return texts
        return [f"Text has {_HAPPENED_TO_TEXT[change]} {inside}."]
    if change not in _HAPPENED:
        return texts if noun or len(texts) <= MOST_PLACES_LISTED else [_summarise_unnamed(change, members, inside)]
    if noun is None:
        return [f"Something has {_HAPPENED[change]} {inside}."]
    return [_capitalise(f"{several(noun, count)}{at} have {_HAPPENED[change]}.")]


def _summarise_unnamed(change: Change, members: Sequence[tuple[Finding, str, str]], inside: str) -> str:
    """One sentence for many things without nouns that were recoloured, moved or replaced."""
    turned = {(finding.colour1, finding.colour2) for finding, _, _ in members}
    before, after = next(iter(turned)) if len(turned) == 1 else (None, None)
    if change is Change.RECOLOURED:
        colours = f"from {before} to {after}" if before and after and before != after else "colour"
        return f"Something has changed {colours} {inside}."
    return f"Something has {'moved' if change is Change.MOVED else 'been replaced'} {inside}."


def quote(text: str) -> str:
    """The text in quotation marks, with an ellipsis for what is too long to be quoted."""
    if len(text) > LONGEST_QUOTE:
        kept = text[:LONGEST_QUOTE]
        text = (kept.rpartition(" ")[0] or kept) + ELLIPSIS
    return f'"{text}"'


def _write_text(finding: Finding, where: str, to: str) -> str:
    """What happened to the text at one place."""
    text1, text2 = finding.text1, finding.text2
    if text1 is None or text2 is None:
        happened = "added" if text1 is None else "removed"
        return f"The text {quote(text1 or text2 or '')} {where} has been {happened}."
    thing = f"The text {quote(text1)}"
    if text1 != text2:
        return f"{thing} {where} has been changed to {quote(text2)}."
    match finding.change:
        case Change.RECOLOURED if finding.colour1 and finding.colour2 and finding.colour1 != finding.colour2:
            return f"{thing} {where} has changed from {finding.colour1} to {finding.colour2}."
        case Change.RECOLOURED:
            return f"{thing} {where} has changed colour."
        case Change.MOVED:
            return _write_move(thing, "has", where, to)
        case _:
            return f"The text {quote(text1)} {where} looks different."


def _write_recolouring(finding: Finding, where: str, has: str) -> str:
    thing = f"{_write_definite(finding, finding.label1, None)} {where} {has} changed"
    colour1, colour2 = finding.colour1, finding.colour2
    if colour1 and colour2 and colour1 != colour2:
        return f"{thing} from {colour1} to {colour2}"
    return f"{thing} colour"


def _write_move(thing: str, has: str, where: str, to: str, towards: str | None = None) -> str:
    if to == where:
        return f"{thing} {where} {has} moved{f' {towards}' if towards else ''}."
    return f"{thing} {has} moved from {place_noun(where)} to {place_noun(to)}."


def _write_definite(finding: Finding, label: str | None, colour: str | None) -> str:
    """`the red cup`, `the two cars`, `something small and red`."""
    if label is None:
        return _write_unnamed(finding, colour)
    stated = colour if takes_colour(label) else None
    if finding.count > 1 and finding.change in _HAPPENED:
        return f"the {several(label, finding.count, stated)}"
    return f"the {stated} {label}" if stated is not None else f"the {label}"


def _write_unnamed(finding: Finding, colour: str | None, thing: str = "something") -> str:
    """What pixels show of a thing that has no noun."""
    known = [word for word in ("small" if finding.small else None, colour) if word]
    return f"{thing} {' and '.join(known)}" if known and finding.change is not Change.CHANGED else thing


def _capitalise(text: str) -> str:
    return text[0].upper() + text[1:]
