"""The question of a removal or addition (paper, section 16): what the object is called, and whether that fits.

The description is the caption of the place in the image that shows the object. It must match that image's crop, and not
the crop of the other one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.boxes import iou
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.rules.captioning import decide_question
from imgdiff.rules.thresholds import Thresholds, question_thresholds
from imgdiff.stages import AskedObject, Captioning, DescribedObject
from services.captioning.limits import SAME_OBJECT_IOU
from services.captioning.schema import CaptionWork
from services.english.inflection import with_article
from services.imaging.boxes import crop
from services.matching.text_matcher import TextMatcher, round_scores
from services.serving.isolation import run_isolated

_FAILED = "the object of the question could not be matched"


@dataclass(frozen=True)
class _Draft:
    """A description before it is matched; `crops` are of the image that shows the object and of the other one."""

    number: int
    work: CaptionWork
    answer: Captioning
    region: int | None
    description: str
    crops: tuple[RGB, RGB]


def add_questions(
    works: Sequence[CaptionWork], answers: Sequence[Captioning | ImgdiffError], matcher: TextMatcher
) -> list[Captioning | ImgdiffError]:
    """The answers, those to requests that ask for an object with its description; all are matched together."""
    drafts = [
        draft
        for number, (work, answer) in enumerate(zip(works, answers, strict=True))
        if isinstance(answer, Captioning) and (draft := _draft(number, work, answer)) is not None
    ]
    done = run_isolated(_FAILED, drafts, lambda some: _finish(some, matcher))
    finished = {draft.number: one for draft, one in zip(drafts, done, strict=True)}
    return [finished.get(number, answer) for number, answer in enumerate(answers)]


def _draft(number: int, work: CaptionWork, answer: Captioning) -> _Draft | None:
    """Null where nothing is asked for, or neither a caption nor a noun says what."""
    asked = work.request.asked
    if asked is None:
        return None
    shown, erased = (work.image1, work.image2) if asked.shown_in == "image1" else (work.image2, work.image1)
    region = _find_region(asked, work, answer)
    caption = None if region is None else _caption_of(answer, region, asked)
    description = caption or (with_article(asked.noun) if asked.noun else None)
    if description is None:
        return None
    return _Draft(number, work, answer, region, description, (crop(shown, asked.box), crop(erased, asked.box)))


def _find_region(asked: AskedObject, work: CaptionWork, answer: Captioning) -> int | None:
    """The kept region at the object's place."""
    overlaps = {
        number: iou(region.box, asked.box)
        for number, (region, captioned) in enumerate(zip(work.request.regions, answer.regions, strict=True))
        if captioned.kept and region.box is not None
    }
    best = max(overlaps, key=lambda number: overlaps[number], default=None)
    return best if best is not None and overlaps[best] >= SAME_OBJECT_IOU else None


def _caption_of(answer: Captioning, region: int, asked: AskedObject) -> str | None:
    captioned = answer.regions[region]
    return captioned.caption1 if asked.shown_in == "image1" else captioned.caption2


def _finish(drafts: Sequence[_Draft], matcher: TextMatcher) -> list[Captioning | ImgdiffError]:
    crops = [image for draft in drafts for image in draft.crops]
    texts = [draft.description for draft in drafts for _ in draft.crops]
    scores = round_scores(matcher.match(crops, texts))
    both = zip(drafts, scores[::2], scores[1::2], strict=True)
    return [_describe(draft, shown, erased, matcher) for draft, shown, erased in both]


def _describe(draft: _Draft, shown: float, erased: float, matcher: TextMatcher) -> Captioning:
    limits = question_thresholds(draft.work.request.thresholds, matcher.calibrated)
    captioned = None if draft.region is None else draft.answer.regions[draft.region]
    described = DescribedObject(
        description=draft.description,
        caption1=captioned and captioned.caption1,
        caption2=captioned and captioned.caption2,
        match_shown=shown,
        match_erased=erased,
        reasons=tuple(decide_question(shown, erased, Thresholds(limits)).reasons),
    )
    parameters = {**draft.answer.parameters, **limits}
    return draft.answer.model_copy(update={"described": described, "parameters": parameters})
