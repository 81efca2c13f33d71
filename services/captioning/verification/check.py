"""The check of a written sentence: it is published as it is, gives way to a checked one, or is dropped."""

import re

from imgdiff.evidence import Check, Objection, Outcome
from services.captioning.observation.evidence_source import EvidenceSource
from services.captioning.verification.claims import Claims
from services.captioning.verification.objections import find_objections
from services.captioning.verification.reading import read_claims
from services.captioning.verification.text import clip, find_unfit, says_same, tidy

_SOMETHING = re.compile(r"\b(?:something|objects?|items?|things?|areas?|regions?|parts?)\b.* (?:chang|differ|alter)")
_REFERS = re.compile(r"^\W*(?:it|its|they|their|this|that|these|those|he|she|both|the (?:former|latter|same|other))\b")


def check_sentence(
    sentence: str, evidence: EvidenceSource, fallback: str | None, own: EvidenceSource | None = None
) -> tuple[str | None, Check]:
    """The text to publish, null when none is fit, and what the check found.

    `own` is the evidence with what the writer itself confirms: a sentence that needs it is published `unverified`.
    Where neither supports the sentence, the fallback replaces it if that passes the same check; else the sentences of
    it that pass alone.
    """
    text = tidy(sentence)
    objections = _object(text, evidence)
    if not objections:
        return text, Check(outcome=Outcome.VERIFIED)
    if own is not None and not _object(text, own):
        return text, Check(outcome=Outcome.UNVERIFIED)
    published = None if fallback is None or _object(fallback, evidence) else fallback
    if published is None:
        published = _without_wrong_sentences(text, evidence)
    outcome = Outcome.DROPPED if published is None else Outcome.REPAIRED
    return published, Check(outcome=outcome, objections=objections, written=clip(sentence))


def _object(text: str, evidence: EvidenceSource) -> tuple[Objection, ...]:
    """Everything that is wrong with a tidy text; nothing when it may be published."""
    wrong = find_unfit(text)
    if wrong is not None:
        return (wrong,)
    same = says_same(text)
    if same is not None:
        return (Objection(code="text.unsupported", text=same),)
    claims = read_claims(text)
    if not any(map(_claims_anything, claims)) and _SOMETHING.search(text.lower()) is None:
        return (Objection(code="text.unsupported"),)
    return find_objections(claims, evidence)


def _claims_anything(claims: Claims) -> bool:
    return bool(claims.things or claims.colours or claims.events)


def _without_wrong_sentences(text: str, evidence: EvidenceSource) -> str | None:
    """The sentences that pass the check, where no sentence refers to another."""
    if find_unfit(text) is not None:
        return None
    parts = re.split(r"(?<=[.!?]) ", text)
    right = [part for part in parts if not _object(part, evidence)]
    if len(parts) < 2 or not right or any(_REFERS.search(part.lower()) for part in parts):
        return None
    joined = " ".join(right)
    return None if _object(joined, evidence) else joined
