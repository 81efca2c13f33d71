"""What happened to one of two captures of a page as a whole: compressed, blurred, brighter or darker."""

from collections.abc import Iterator

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.drawn.matching import Treatment
from services.detection.evidence.content import has_grain, measure_calm
from services.detection.evidence.view import View
from services.detection.limits import LEGIBLE_BLUR, PAPER_LIGHT
from services.detection.whole_pair.exposure import describe_exposure
from services.detection.whole_pair.statements import state_blur, state_compression, state_sharpness

_RINGING = 0.25  # by which fewer pixels around edges are flat once compressed: of six drawings JPEG and WebP leave .3
_CAST = 0.15  # natural logarithm of the ratio of two channels below which compression may tint a dark page: JPEG 40 .08
_STATED_BLUR = 1.0  # sigma in pixels from which a blur is stated: a scanner's is below; chosen, not measured


def describe_capture(view: View, treatment: Treatment) -> Iterator[PairChange]:
    """Statements on two drawn images on one grid, of which one matches the other after the treatment."""
    if treatment.shift:
        scanned = bool(treatment.blur)
        for change in describe_exposure(view.image1, view.raw2, view.valid):
            if change.kind is PairChangeKind.COLOUR_CAST and (change.value or 0) < _CAST:
                continue
            small = abs(change.value or 0) <= PAPER_LIGHT and change.kind is PairChangeKind.BRIGHTNESS
            yield change.model_copy(update={"harmless": scanned and (small or change.harmless)})
    if view.exact and not treatment.blur:
        yield from _describe_compression(view.image1, view.raw2)
    if treatment.blur >= _STATED_BLUR:
        second = treatment.image == 1  # image2 went through what image1 was treated with
        state = state_blur if second else state_sharpness
        yield state(treatment.blur, harmless=treatment.blur <= LEGIBLE_BLUR)


def _describe_compression(image1: RGB, image2: RGB) -> Iterator[PairChange]:
    """Compression by the ringing around edges, which grain would be taken for."""
    more = measure_calm(image1) - measure_calm(image2)
    if abs(more) >= _RINGING and not has_grain(image1) and not has_grain(image2):
        yield state_compression(more)
