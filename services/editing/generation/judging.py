"""A generated pair as an answer states it: where it differs, and what its judges say of it."""

import base64
from dataclasses import dataclass
from typing import Any

from imgdiff.images import encode_png
from imgdiff.records import EditScores, Reason
from imgdiff.stages import EditedPair
from services.editing.generation.changes import find_change
from services.editing.generation.pairs import GeneratedPair, PairJudge, PlannedPair
from services.editing.limits import LEAST_PIXEL_CHANGE
from services.editing.operations.edit_scores import describe_edit, score_edit
from services.editing.photo.protocols import Detector
from services.editing.schema import EditWork
from services.imaging.arrays import Flags
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


def build_pair(
    work: EditWork, plan: PlannedPair[Any], made: GeneratedPair, judges: Judges
) -> EditedPair | tuple[Reason, ...]:
    """The answer's pair; its mask is where alone it may differ, if that is limited, else where the pixels differ."""
    blended = made.blended
    mask = find_change(made.image1, made.image2) if blended is None or blended.all() else blended
    if mask is None or not mask.any():
        return (Reason(code="edit.not_confirmed", value=0.0, threshold=LEAST_PIXEL_CHANGE),)
    scores = _score(made, mask, plan.nouns, judges)
    edit = describe_edit(work.request, mask, *plan.nouns, scores, regenerated=True, instruction=plan.instruction)
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
