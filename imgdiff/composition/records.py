"""Compose the record of a pair from the results of its stages."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import JsonValue

from imgdiff import __version__
from imgdiff.boxes import grow
from imgdiff.composition.facts import PairFacts, RequestFacts
from imgdiff.evidence import Verification
from imgdiff.jobs import JobKind
from imgdiff.records import ModelUse, Policy, Provenance, Question, Reason, Record, RecordImage, Region, Source, Verdict
from imgdiff.rules.thresholds import acceptance_thresholds
from imgdiff.rules.verdicts import settle_verdict
from imgdiff.seeds import derive
from imgdiff.stages import AskedObject, CaptionedRegion, Captioning, DetectedRegion, Detection, StageReport

_GROWN = 15  # pixels added to the box of a question on each side; paper, section 16


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of a pair when its last stage is done; `editing` only for edited pairs."""

    pair: PairFacts
    image1: RecordImage
    image2: RecordImage
    detection: Detection
    captioning: Captioning
    editing: StageReport | None = None


def compose(job_id: str, request: RequestFacts, evidence: Evidence) -> Record:
    """The record; its verdict is settled by the regions that are kept, whichever stage dropped the others."""
    regions = _regions(evidence, keep_rejected=request.options.keep_rejected)
    verdict, reasons = _verdict(evidence, regions)
    return Record(
        id=f"rec_{uuid.uuid4().hex}",
        job=job_id,
        dataset=request.options.dataset,
        created_at=datetime.now(UTC),
        source=Source(
            kind="synthesis" if request.kind is JobKind.SYNTHESIS else "upload",
            caption1=evidence.pair.caption1,
            caption2=evidence.pair.caption2,
            instruction=request.options.instruction,
            edit=evidence.pair.edit,
        ),
        image1=evidence.image1,
        image2=evidence.image2,
        alignment=evidence.detection.alignment,
        similarity=evidence.detection.similarity,
        verdict=verdict,
        confidence=evidence.detection.confidence if verdict is evidence.detection.verdict else None,
        caption=evidence.captioning.caption,
        pair_changes=evidence.detection.pair_changes,
        verification=Verification.of([one.check for one in regions if one.kept and one.check is not None]),
        regions=regions,
        reasons=reasons,
        question=_question(evidence),
        provenance=_provenance(request, evidence),
        metadata=request.options.metadata,
    )


def _question(evidence: Evidence) -> Question | None:
    """Ask which image shows the removed or added object; seed and image1 draw the one on the left."""
    edit, described = evidence.pair.edit, evidence.captioning.described
    asked = None if edit is None else AskedObject.of(edit)
    if edit is None or asked is None:
        return None
    description = asked.noun if described is None else described.description.rstrip(".")
    if description is None:
        return None
    quoted = description.replace('"', "'")
    drawn = derive(edit.seed, edit.index, edit.round, evidence.image1.asset, "left")
    left: Literal["image1", "image2"] = "image2" if drawn % 2 else "image1"
    matched = {} if described is None else described.model_dump(exclude={"description"})
    return Question(
        text=f'Inside the red box, which image has the object described as "{quoted}"?',
        left=left,
        options={"A": "the left image", "B": "the right image"},
        answer="A" if left == asked.shown_in else "B",
        box=grow(asked.box, _GROWN, evidence.image1.width, evidence.image1.height),
        **matched,
    )


def _regions(evidence: Evidence, *, keep_rejected: bool) -> tuple[Region, ...]:
    both = zip(evidence.detection.regions, evidence.captioning.regions, strict=True)
    regions = [_region(detected, captioned) for detected, captioned in both]
    regions.sort(key=lambda region: (not region.kept, -region.difference))
    return tuple(region for region in regions if region.kept or keep_rejected)


def _region(detected: DetectedRegion, captioned: CaptionedRegion) -> Region:
    scores = captioned.scores.model_copy(update={"crop_similarity": detected.crop_similarity})
    reasons = dict.fromkeys((*detected.reasons, *captioned.reasons))
    kept = detected.kept and captioned.kept
    both = dict(detected) | dict(captioned) | {"scores": scores, "kept": kept, "reasons": tuple(reasons)}
    return Region.model_validate({name: value for name, value in both.items() if name in Region.model_fields})


def _verdict(evidence: Evidence, regions: tuple[Region, ...]) -> tuple[Verdict, tuple[Reason, ...]]:
    detection = evidence.detection
    kept = any(region.kept for region in regions)
    verdict = settle_verdict(detection.verdict, kept, detection.pair_changes)
    reasons = dict.fromkeys((*evidence.detection.reasons, *evidence.captioning.reasons))
    if verdict is not detection.verdict:
        reasons.setdefault(Reason(code="pair.no_evidence"))
    return verdict, tuple(reasons)


def _provenance(request: RequestFacts, evidence: Evidence) -> Provenance:
    reports: dict[str, StageReport | None] = {
        "editing": evidence.editing,
        "detection": evidence.detection,
        "captioning": evidence.captioning,
    }
    done = {name: report for name, report in reports.items() if report is not None}
    models: dict[ModelUse, None] = dict.fromkeys(model for report in done.values() for model in report.models)
    thresholds: dict[str, JsonValue] = {}
    for report in done.values():
        thresholds.update(report.parameters)
    options, edit = request.options, evidence.pair.edit
    if edit is not None and options.policy is Policy.CURATE:
        thresholds.update(acceptance_thresholds(options.thresholds, regenerated=edit.regenerated))
    parameters: dict[str, JsonValue] = {"align": options.align, "max_regions": options.max_regions}
    return Provenance(
        version=__version__,
        policy=options.policy or Policy.DESCRIBE,
        parameters=parameters | {"thresholds": thresholds, "requested": sorted(options.thresholds)},
        models=tuple(models),
        seeds=() if edit is None else (edit.seed,),
        seconds={name: round(report.seconds, 4) for name, report in done.items()},
    )
