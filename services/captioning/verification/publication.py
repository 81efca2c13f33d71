"""Publication: a draft is published as it is, with less in it, or not at all, as its check allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from imgdiff.evidence import Check, Objection, Outcome, Word
from imgdiff.records import Change
from services.captioning.observation.finding import Finding
from services.captioning.observation.sentences import Draft
from services.captioning.verification.finding_claims import claims_of
from services.captioning.verification.objections import find_objections

_CAME_OR_WENT = frozenset({Change.ADDED, Change.REMOVED})


@dataclass(frozen=True)
class Publication:
    """What may be published of a region. The sentence is null when none is fit, the check when none was made.

    `words` are those that the sentence and the captions of both sides may contain.
    """

    finding: Finding
    where: str
    text: str | None
    check: Check | None
    words: tuple[Word, ...]

    @classmethod
    def of(cls, draft: Draft, check: Check | None) -> "Publication":
        """A draft with its sentence, unless its check drops that."""
        text = None if check is not None and check.outcome is Outcome.DROPPED else draft.text
        return cls(draft.finding, draft.where, text, check, draft.words)


def publish(drafts: Sequence[Draft], went: Mapping[int, int], *, verify: bool = True) -> list[Publication]:
    """What may be published of each draft, in order; without its nouns where the evidence does not support them.

    `went` are the moves: a place that something came to has the sentence of the place that it left.
    """
    published = [_publish(draft) if verify else Publication.of(draft, None) for draft in drafts]
    for left, came in went.items():
        if came not in went:
            first = published[left]
            published[came] = replace(published[came], text=first.text, check=first.check, words=first.words)
    return published


def _publish(draft: Draft) -> Publication:
    """The draft as it is; else with less in it, as far as the evidence supports that.

    That a thing came or went is not stated where the evidence shows it in the other image, not even without its noun.
    """
    objections = _object(draft)
    if not objections:
        outcome = Outcome.VERIFIED if draft.finding.corroborated else Outcome.UNVERIFIED
        return Publication.of(draft, Check(outcome=outcome))
    check = Check(outcome=Outcome.REPAIRED, objections=objections, written=draft.text)
    if draft.finding.change in _CAME_OR_WENT and any(one.code == "text.wrong_image" for one in objections):
        undirected = draft.with_finding(replace(draft.finding.without_nouns, change=Change.CHANGED))
        return Publication.of(undirected, check.model_copy(update={"outcome": Outcome.DROPPED}))
    for finding in _reduce(draft.finding):
        reduced = draft.with_finding(finding)
        if not _object(reduced):
            return Publication.of(reduced, check)
    unnamed = draft.with_finding(draft.finding.without_nouns)
    return Publication.of(unnamed, check.model_copy(update={"outcome": Outcome.DROPPED}))


def _reduce(finding: Finding) -> Iterator[Finding]:
    """The finding with one thing where several were counted, then with no text, no colour, no noun, and neither."""
    if finding.count > 1:
        yield finding.as_single
    if finding.text1 is not None or finding.text2 is not None:
        yield finding.without_texts
    yield replace(finding, colour1=None, colour2=None)
    yield finding.without_nouns
    yield replace(finding.without_nouns, colour1=None, colour2=None)


def _object(draft: Draft) -> tuple[Objection, ...]:
    return find_objections([claims_of(draft)], draft.evidence)
