"""What happened to one of two captures of a page as a whole: compressed, blurred, brighter or darker."""

from collections.abc import Iterator

from imgdiff.pair_changes import PairChange, PairChangeKind
from services.detection.drawn.matching import Treatment
from services.detection.evidence.view import View
from services.detection.limits import LEGIBLE_BLUR, PAPER_LIGHT
from services.detection.whole_pair.exposure import describe_exposure

_STATED_BLUR = 1.0  # sigma in pixels from which a blur is stated: a scanner's is below; chosen, not measured


def describe_capture(view: View, treatment: Treatment) -> Iterator[PairChange]:
    """Statements on two drawn images on one grid, of which one matches the other after the treatment."""
    second = treatment.image == 1  # image2 went through what image1 was treated with
    if treatment.shift:
        scanned = bool(treatment.blur)
        for change in describe_exposure(view.image1, view.raw2, view.valid):
            small = abs(change.value or 0) <= PAPER_LIGHT and change.kind is PairChangeKind.BRIGHTNESS
            yield change.model_copy(update={"harmless": scanned and (small or change.harmless)})
    if treatment.quality < 100:
        text = f"Image 2 is compressed {'harder' if second else 'less'} than image 1."
        value = round((1 if second else -1) * (1 - treatment.quality / 100), 2)
        yield PairChange(kind=PairChangeKind.RECOMPRESSED, value=value, harmless=True, text=text)
    if treatment.blur >= _STATED_BLUR:
        kind = PairChangeKind.BLURRED if second else PairChangeKind.SHARPENED
        text = "Image 2 is blurred." if second else "Image 2 is sharper than image 1."
        yield PairChange(kind=kind, value=treatment.blur, harmless=treatment.blur <= LEGIBLE_BLUR, text=text)
