"""A generated pair as an answer states it: where it differs, and what its judges say of it."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from imgdiff.images import encode_png
from imgdiff.objects.places import LocatedBy
from imgdiff.records import Box, EditScores, Reason
from imgdiff.stages import EditedPair
from services.editing.generation.changes import find_change
from services.editing.generation.pairs import GeneratedPair, PairJudge, PlannedPair
from services.editing.limits import LEAST_PIXEL_CHANGE, LEAST_SEEN
from services.editing.operations.edit_scores import describe_edit, score_edit
from services.editing.photo.protocols import Detector
from services.editing.schema import EditWork
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import bounds
from services.networks.perceptual import Lpips
from services.objects.labels import label_of


@dataclass(frozen=True)
class Judges:
    """What scores generated pairs: CLIP chooses a candidate, the detector finds the nouns, LPIPS measures the rest."""

    clip: PairJudge | None = None
    detector: Detector | None = None
    lpips: Lpips | None = None

    def warm_up(self, pair: GeneratedPair) -> None:
        """Judge a pair that nobody asked for."""
        if self.clip is not None:
            self.clip([(pair.image1, pair.image2)], [("a cat", "a dog")])
        if self.lpips is not None:
            self.lpips(pair.image1, pair.image2)


def find_place(
    made: GeneratedPair, nouns: tuple[str | None, str | None], detector: Detector | None
) -> tuple[Flags, LocatedBy] | None:
    """The pixels (H x W) of the edit, and what that rests on; None where the images hardly differ.

    Where the attention to the nouns is known, that is the place. Else it is the boxes of the old noun in image1 and of
    the new one in image2. Everything of a pair may drift, so the largest change comes last.
    """
    changed = find_change(made.image1, made.image2)
    if changed is None:
        return None
    attended = made.attended
    if attended is not None and attended.any() and not attended.all():
        return attended, LocatedBy.ATTENTION
    boxes = [] if detector is None else _find_nouns(made, nouns, detector)
    if not boxes:
        return changed, LocatedBy.PIXELS
    place = np.zeros_like(changed)
    for box in boxes:
        place[window(box)] = True
    return place, LocatedBy.OBJECTS


def _find_nouns(made: GeneratedPair, nouns: tuple[str | None, str | None], detector: Detector) -> list[Box]:
    """The surest object of each noun in its own image."""
    found = []
    for image, noun in zip((made.image1, made.image2), nouns, strict=True):
        label = noun and label_of(noun, detector.labels)
        items = [item for item in detector.detect(image) if item.label == label] if label else []
        found += [item.box for item in items[:1] if item.score >= LEAST_SEEN]
    return found


def build_pair(
    work: EditWork, plan: PlannedPair[Any], made: GeneratedPair, judges: Judges
) -> EditedPair | tuple[Reason, ...]:
    """The answer's pair, edited at the best known place; none where no pixel of note differs."""
    place = find_place(made, plan.nouns, judges.detector)
    if place is None:
        return (Reason(code="edit.not_confirmed", value=0.0, threshold=LEAST_PIXEL_CHANGE),)
    mask, located_by = place
    scores = _score(made, mask, plan.nouns, judges)
    how = {"regenerated": True, "located_by": located_by, "instruction": plan.instruction}
    edit = describe_edit(work.request, mask, *plan.nouns, scores).model_copy(update=how)
    images = (made.image1, made.image2)
    image1, image2 = (base64.b64encode(encode_png(image)) for image in images)
    caption1, caption2 = plan.captions
    sent = work.image is not None
    return EditedPair(image1=None if sent else image1, image2=image2, caption1=caption1, caption2=caption2, edit=edit)


def _score(made: GeneratedPair, mask: Flags, nouns: tuple[str | None, str | None], judges: Judges) -> EditScores:
    score_before = score_after = None
    if (detector := judges.detector) is not None:
        before, after = (noun and label_of(noun, detector.labels) for noun in nouns)
        score_before = detector.score_inside(made.image2, before, bounds(mask)) if before else None
        score_after = detector.score_at(made.image2, after, bounds(mask)) if after else None
    return score_edit((made.image1, made.image2), mask, score_before, score_after, judges.lpips)
