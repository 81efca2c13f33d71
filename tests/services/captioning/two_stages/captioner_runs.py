"""Engines over scripted writers, and one pair's run through them."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Captioning, CaptioningRequest, DetectedRegion
from services.captioning.grounding import Grounding
from services.captioning.schema import CaptionWork
from services.captioning.two_stages.captioner import CaptioningNetworks, TwoStageCaptioner, Verify
from services.captioning.two_stages.instructions import ContentForm
from services.captioning.two_stages.presence import PresenceSource
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.captioning.scripted import ScriptedMatcher, ScriptedWriter, unchecked

BOX, OTHER = (40, 40, 80, 80), (100, 20, 130, 60)


UNMOVED = {"applied": False, "model": "identity", "matrix": np.eye(3).tolist(), "score": 1.0}


def to_region(box: tuple = BOX, **given: object) -> DetectedRegion:
    return DetectedRegion(**{"box": box, "difference": 0.5, "kept": True, "crop_similarity": 0.3, **given})


def to_work(*regions: DetectedRegion, images: tuple[RGB, RGB] | None = None, **given: object) -> CaptionWork:
    grey = np.full((160, 200, 3), 128, np.uint8)
    changed = grey.copy()
    changed[40:80, 40:80] = (200, 30, 30)
    one, two = images or (grey, changed)
    request = {"alignment": UNMOVED, "verdict": Verdict.DIFFERENT, "regions": regions or (to_region(),), **given}
    return CaptionWork(one, two, CaptioningRequest.model_validate(request))


@cache
def grounding() -> Grounding:
    """The embedded networks, loaded once."""
    return Grounding.load(1)


def make_engine(
    writer: ScriptedWriter | None = None,
    matcher: ScriptedMatcher | None = None,
    verify: Verify | None = unchecked,
    metrics: ServiceMetrics | None = None,
    sources: Sequence[PresenceSource] = (),
    content: ContentForm = "description",
) -> TwoStageCaptioner:
    return TwoStageCaptioner(
        CaptioningNetworks(writer or ScriptedWriter(), matcher or ScriptedMatcher(), grounding(), sources),
        backend="openai",
        device="cpu",
        metrics=metrics or ServiceMetrics("captioning"),
        verify=verify,
        content=content,
    )


def run_one(engine: TwoStageCaptioner, work: CaptionWork) -> Captioning:
    (answer,) = engine.run([Ticket(work)])
    assert isinstance(answer, Captioning), answer
    return answer
