"""Inspection of a drawn region: a finding from pixels and text alone, since networks for photos misname drawings."""

from collections.abc import Callable

from imgdiff.boxes import area
from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from imgdiff.stages import DetectedRegion
from services.captioning.drawn.evidence import measure
from services.captioning.drawn.kind import judge_change
from services.captioning.drawn.outline import find_panel
from services.captioning.limits import FLAT_COLOUR, RULING_COLOUR, SMALL_THING
from services.captioning.observation.colours import ruling_colour
from services.captioning.observation.evidence_source import IMAGES
from services.captioning.observation.finding import Finding
from services.captioning.observation.sentences import quote
from services.captioning.text.words import RegionText
from services.imaging.arrays import Flags
from services.imaging.boxes import crop, window
from services.imaging.masks import decode_mask

_LEFT_OUT = {Change.ADDED: 1, Change.REMOVED: 2}  # the image that shows only ground


def inspect_drawn(
    images: tuple[RGB, RGB], region: DetectedRegion, read: Callable[[Box, Flags], RegionText | None]
) -> tuple[Finding, Flags]:
    """The finding at a region of two drawn images in image1's frame, and the pixels of its box that changed most.

    `read` reads the text at changed pixels. What detection knows of the change is not judged again.
    """
    box, mask = region.place, region.mask
    given = None if mask is None else decode_mask(mask)[window(box)].copy()  # a view would keep the whole mask
    evidence = measure(images, box, given)
    inside = evidence.find_strongest()
    change = region.change or judge_change(evidence)
    texts: tuple[str | None, str | None] = (None, None)
    if region.change is None and not find_panel(evidence):  # a panel is no new wording of the text that it hides
        change, texts = _add_text(change, read(box, evidence.cut(evidence.changed)))
    height, width = images[0].shape[:2]
    colour1, colour2 = _colours(images, box, inside, change)
    words = [word for word in (colour1, colour2) if word is not None]
    for image, text in zip(IMAGES, texts, strict=True):
        if text is not None:
            words.append(Word(text=quote(text)[1:-1], image=image, source=WordSource.TEXT))
    words.append(Word(text="changed" if change is Change.RECOLOURED else change.value, source=WordSource.PIXELS))
    finding = Finding(
        box,
        change,
        label1=None,
        label2=None,
        colour1=None if colour1 is None else colour1.text,
        colour2=None if colour2 is None else colour2.text,
        small=area(box) < SMALL_THING * height * width,
        words=tuple(words),
        text1=texts[0],
        text2=texts[1],
        towards=_towards(region),
    )
    return finding, inside


def _towards(region: DetectedRegion) -> str | None:
    """Where what shifted went; null for what detection found in no other place."""
    if region.change is not Change.MOVED or region.moved_to is None:
        return None
    return "down" if region.moved_to[1] > region.place[1] else "up"


def _add_text(change: Change, read: RegionText | None) -> tuple[Change, tuple[str | None, str | None]]:
    """The kind of change and both texts.

    A text that only one image has came or went where the pixels show that, too; else the other image shows what is no
    text, and none is stated. Texts that differ have changed, whatever their outlines have in common.
    """
    if read is None:
        return change, (None, None)
    if read.text1 is None or read.text2 is None:
        expected = Change.ADDED if read.text1 is None else Change.REMOVED
        change = expected if read.within else change
        return (change, (read.text1, read.text2)) if change is expected else (change, (None, None))
    if read.moved:
        return Change.MOVED, (read.text1, read.text2)
    if not read.same or change in {Change.ADDED, Change.REMOVED}:
        return Change.CHANGED, (read.text1, read.text2)
    return change, (read.text1, read.text2)


def _colours(images: tuple[RGB, RGB], box: Box, inside: Flags, change: Change) -> tuple[Word | None, Word | None]:
    """The colour of what came, went or was recoloured in each image, where its changed pixels have one."""
    if change not in {Change.RECOLOURED, *_LEFT_OUT}:
        return None, None
    least = RULING_COLOUR if change is Change.RECOLOURED else FLAT_COLOUR
    found: list[Word | None] = []
    for number, image in zip(IMAGES, images, strict=True):
        ruling = None if _LEFT_OUT.get(change) == number else ruling_colour(crop(image, box), inside)
        if ruling is None or ruling[1] < least:
            found.append(None)
        else:
            found.append(Word(text=ruling[0], image=number, source=WordSource.PIXELS, score=round(ruling[1], 4)))
    return found[0], found[1]
