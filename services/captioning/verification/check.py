"""The check itself: a sentence is published as it was, repaired, or not at all."""

import re
from collections.abc import Iterator, Sequence

from imgdiff.evidence import Check, Objection, Outcome
from services.captioning.verification.claims import Claims, claims
from services.captioning.verification.objections import Fault, faults
from services.captioning.verification.repair import repaired
from services.captioning.verification.swaps import swapped
from services.captioning.verification.text import says_same, tidy, unfit
from services.captioning.verification.witness import Witness

_KEPT = 2000  # characters of what was written that a check keeps
_REPAIRS = 12  # at most, one after another
_SOMETHING = re.compile(r"\b(?:something|objects?|items?|things?|areas?|regions?|parts?)\b.* (?:chang|differ|alter)")
_REFERS = re.compile(r"^\W*(?:it|its|they|their|this|that|these|those|he|she|both|the (?:former|latter|same|other))\b")


def checked(sentence: str, witness: Witness, fallback: str | None) -> tuple[str | None, Check]:
    """The text to publish, null when none is fit, and what the check found.

    The fallback is checked like any other sentence and takes the place of one that cannot be put right.
    """
    text = tidy(sentence)
    objections = _objections(text, witness)
    if not objections:
        return text, Check(outcome=Outcome.VERIFIED)
    written = _kept(sentence)
    published = _repaired(text, witness, objections)
    if published is None and fallback is not None:
        published = _passed(tidy(fallback), witness)
    if published is None:
        published = _without_the_wrong(text, witness)
    outcome = Outcome.DROPPED if published is None else Outcome.REPAIRED
    return published, Check(outcome=outcome, objections=objections, written=written)


def _objections(text: str, witness: Witness) -> tuple[Objection, ...]:
    """Everything that is wrong with a tidy text; none when it may be published."""
    wrong = unfit(text)
    if wrong is not None:
        return (wrong,)
    same = says_same(text)
    if same is not None:
        return (Objection(code="text.unsupported", text=same),)
    read = claims(text)
    if not _says_anything(text, read):
        return (Objection(code="text.unsupported"),)
    return tuple(dict.fromkeys(fault.objection for fault in faults(text, read, witness)))


def _says_anything(text: str, read: Sequence[Claims]) -> bool:
    """Whether there is anything in it that can be checked, or it openly says that no more is known."""
    told = any(one.things or one.colours or one.told for one in read)
    return told or _SOMETHING.search(text.lower()) is not None


def _passed(text: str, witness: Witness) -> str | None:
    """The text, as it is or repaired, if it then bears the check."""
    objections = _objections(text, witness)
    return _repaired(text, witness, objections) if objections else text


def _repaired(text: str, witness: Witness, objections: Sequence[Objection]) -> str | None:
    """The text repaired so that it bears the check; null when it cannot be."""
    if unfit(text) is not None or says_same(text) is not None:
        return None
    for start in _ways(text, objections):
        found = _mended(start, witness)
        if found is not None:
            return found
    return None


def _ways(text: str, objections: Sequence[Objection]) -> Iterator[str]:
    """The text with its images swapped, where one was taken for the other, and as it is."""
    if any(one.code == "text.wrong_image" for one in objections):
        once = list(swapped(text, claims(text)))
        yield from once
        for one in once:
            yield from swapped(one, claims(one))
    yield text


def _mended(text: str, witness: Witness) -> str | None:
    """Repairs one fault after another until none is left."""
    for _ in range(_REPAIRS):
        objections = _objections(text, witness)
        if not objections:
            return text
        better = _first_repair(text, faults(text, claims(text), witness), witness)
        if better is None or better == text:
            return None
        text = better
    return None


def _first_repair(text: str, found: Sequence[Fault], witness: Witness) -> str | None:
    for fault in found:
        better = repaired(text, fault, witness)
        if better is None:
            return None
        if better != text:
            return better
    return None


def _without_the_wrong(text: str, witness: Witness) -> str | None:
    """The sentences that bear the check, where they stand without the others."""
    if unfit(text) is not None:
        return None
    parts = re.split(r"(?<=[.!?]) ", text)
    right = [part for part in parts if not _objections(part, witness)]
    if len(parts) < 2 or not right or any(_REFERS.search(part.lower()) for part in parts):
        return None
    joined = " ".join(right)
    return None if _objections(joined, witness) else joined


def _kept(written: str) -> str:
    """What was written, as far as a record can hold it."""
    safe = written.encode("utf-8", "replace").decode()
    return safe if len(safe) <= _KEPT else safe[:_KEPT] + "…"
