"""Captions of regions that only one image extends to, as where a page grew. The pixels need no network to tell."""

from imgdiff.evidence import Check, Outcome, Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Change, Scores
from imgdiff.stages import CaptionedRegion, DetectedRegion
from services.captioning.observation.sentences import place_noun, place_phrase


def caption_beyond(image1: RGB, image2: RGB, region: DetectedRegion) -> CaptionedRegion:
    """Both images are as sent; the place is named in the image that extends there."""
    image, box = (image2, region.box2) if region.box is None else (image1, region.box)
    if box is None or region.change is None:
        raise ValueError("the region has no place of its own")
    where = place_phrase(box, image.shape[1], image.shape[0])
    happened = "added" if region.change is Change.ADDED else "removed"
    return CaptionedRegion(
        change=region.change,
        caption=f"Something {where} has been {happened}.",
        words=(Word(text=place_noun(where), source=WordSource.BOX),),
        check=Check(outcome=Outcome.VERIFIED),
        scores=Scores(crop_similarity=region.crop_similarity),
        kept=region.kept,
        reasons=region.reasons,
    )
