"""The paper's two caption stages (sections 3.4, 15.3.3) over a writer and a matcher, for all waiting pairs at once.

First what the region shows in each image, asked of the whole image with the box in numbers; then, for what the gates
leave, the difference, asked of both images with the box drawn. Under `curate` a gate drops a region before anything
dearer is asked: image-text match, then likeness of the captions, then the second stage.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.images import RGB
from imgdiff.records import Box, Policy, Scores
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds
from services.captioning.two_stages import instructions
from services.captioning.two_stages.answers import Reading, phrase, sentence
from services.captioning.two_stages.joined_pair import crop, joined, marked
from services.captioning.two_stages.text_matcher import TextMatcher
from services.captioning.two_stages.writer import Prompt, Writer

Asked = TypeVar("Asked")
Got = TypeVar("Got")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaptionPair:
    """Two RGB uint8 images of one size in image1's frame, boxes in its pixels, and whether anybody still waits."""

    images: tuple[RGB, RGB]
    boxes: tuple[Box, ...]
    policy: Policy
    limits: Mapping[str, float]
    gone: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Told:
    """One region: what each image shows there, the scores of that, and the difference; null where it was not asked."""

    content1: Reading
    content2: Reading
    scores: Scores = field(default_factory=Scores)
    difference: Reading | None = None

    @property
    def texts(self) -> tuple[str, str] | None:
        """Both content captions, or null when one of them is missing."""
        one, two = self.content1.text, self.content2.text
        return None if one is None or two is None else (one, two)


class _Round:
    """What became of each pair so far: in work, or failed."""

    def __init__(self, pairs: Sequence[CaptionPair]) -> None:
        self.pairs = pairs
        self.failed: dict[int, ImgdiffError] = {}
        self.told: dict[int, list[Told]] = {}

    def ask(
        self,
        groups: Mapping[int, Sequence[Asked]],
        run: Callable[[Sequence[Asked]], Sequence[Got | ImgdiffError]],
    ) -> dict[int, list[Got]]:
        """Everything of all pairs in one call; a pair that is no longer wanted, or with an error, is out of the round.

        Where the call itself breaks, each pair is tried alone: one pair's fault is not its neighbours'.
        """
        for index in groups:
            if index not in self.failed and self.pairs[index].gone():
                self.failed[index] = WorkCancelled("the caller has gone")
        wanted = {index: group for index, group in groups.items() if index not in self.failed}
        answers: dict[int, list[Got]] = {}
        for index, got in self._run(wanted, run).items():
            errors = [one for one in got if isinstance(one, ImgdiffError)]
            if errors:
                self.failed[index] = errors[0]
            else:
                answers[index] = [one for one in got if not isinstance(one, ImgdiffError)]
        return answers

    def _run(
        self,
        groups: Mapping[int, Sequence[Asked]],
        run: Callable[[Sequence[Asked]], Sequence[Got | ImgdiffError]],
    ) -> dict[int, Sequence[Got | ImgdiffError]]:
        flat = [one for group in groups.values() for one in group]
        if not flat:
            return dict.fromkeys(groups, ())
        try:
            got = run(flat)
        except ImgdiffError as error:  # a device that is too small, a server that is away: the fault of no pair
            return {index: [error] if group else [] for index, group in groups.items()}
        except Exception as error:  # noqa: BLE001
            if len(groups) > 1:
                return {index: self._run({index: group}, run)[index] for index, group in groups.items()}
            _log.exception("a network failed on a pair")
            failed = ImgdiffError(f"a network failed on this pair: {type(error).__name__}")
            return {index: [failed] for index in groups}
        if len(got) != len(flat):
            raise AssertionError(f"{len(flat)} were asked and {len(got)} answered")
        rest = iter(got)
        return {index: [next(rest) for _ in group] for index, group in groups.items()}


def tell(pairs: Sequence[CaptionPair], writer: Writer, matcher: TextMatcher) -> list[list[Told] | ImgdiffError]:
    """What was said of every region of each pair, or the pair's error, in order; no answer depends on other pairs."""
    work = _Round(pairs)
    _contents(work, writer)
    _match(work, matcher)
    _liken(work, matcher)
    _differences(work, writer)
    return [work.failed.get(index) or work.told[index] for index in range(len(pairs))]


def _contents(work: _Round, writer: Writer) -> None:
    prompts = {
        index: [_content_prompt(image, box) for box in pair.boxes for image in pair.images]
        for index, pair in enumerate(work.pairs)
    }
    for index, written in work.ask(prompts, writer.write).items():
        read = [phrase(one) for one in written]
        work.told[index] = [Told(*both) for both in zip(read[::2], read[1::2], strict=True)]


def _match(work: _Round, matcher: TextMatcher) -> None:
    """Each caption on the crop of its own image; what has no caption is not matched."""
    rows = {
        index: [
            (crop(image, box), content.text)
            for box, told in zip(work.pairs[index].boxes, told_of, strict=True)
            for image, content in zip(work.pairs[index].images, (told.content1, told.content2), strict=True)
            if content.text is not None
        ]
        for index, told_of in work.told.items()
    }
    found = work.ask(rows, lambda asked: _finite(matcher.match([row[0] for row in asked], [row[1] for row in asked])))
    for index, scores in found.items():
        rest = iter(scores)
        work.told[index] = [
            replace(told, scores=Scores(
                text_match1=None if told.content1.text is None else next(rest),
                text_match2=None if told.content2.text is None else next(rest),
            ))
            for told in work.told[index]
        ]  # fmt: skip


def _liken(work: _Round, matcher: TextMatcher) -> None:
    """Both captions of every region that is still in question."""
    still = {index: _in_question(work, index) for index in work.told}
    rows = {index: [told.texts for told in regions.values()] for index, regions in still.items()}
    for index, cosines in work.ask(rows, lambda asked: _finite(matcher.alike(*_columns(asked)))).items():
        for number, cosine in zip(still[index], cosines, strict=True):
            told = work.told[index][number]
            scores = told.scores.model_copy(update={"caption_similarity": cosine})
            work.told[index][number] = replace(told, scores=scores)


def _differences(work: _Round, writer: Writer) -> None:
    still = {index: _in_question(work, index) for index in work.told}
    prompts = {
        index: [
            _difference_prompt(work.pairs[index], work.pairs[index].boxes[number], told)
            for number, told in regions.items()
        ]
        for index, regions in still.items()
    }
    for index, written in work.ask(prompts, writer.write).items():
        for number, one in zip(still[index], written, strict=True):
            work.told[index][number] = replace(work.told[index][number], difference=sentence(one))


def _in_question(work: _Round, index: int) -> dict[int, Told]:
    """The regions, by number, that have both captions and that no gate has dropped."""
    pair = work.pairs[index]
    limits = Thresholds(pair.limits)
    return {
        number: told
        for number, told in enumerate(work.told[index])
        if told.texts is not None and not rules.decide(told.texts, told.scores, pair.policy, limits).drops
    }


def _content_prompt(image: RGB, box: Box) -> Prompt:
    height, width = image.shape[:2]
    words = instructions.content(box, width, height)
    return Prompt(lambda: (image,), words, instructions.CONTENT_TOKENS, "caption")


def _difference_prompt(pair: CaptionPair, box: Box, told: Told) -> Prompt:
    one, two = told.texts or ("", "")
    words = instructions.difference(one, two)

    def drawn() -> tuple[RGB, ...]:
        return (joined(marked(pair.images[0], box), marked(pair.images[1], box)),)

    return Prompt(drawn, words, instructions.DIFFERENCE_TOKENS, "caption")


def _columns(rows: Sequence[tuple[str, str] | None]) -> tuple[list[str], list[str]]:
    both = [row for row in rows if row is not None]
    return [row[0] for row in both], [row[1] for row in both]


def _finite(scores: Sequence[float]) -> list[float]:
    """As plain numbers; raises FloatingPointError where there is none, since every gate would let it pass."""
    if not np.isfinite(scores).all():
        raise FloatingPointError("a score is not finite")
    return [round(float(score), 4) for score in scores]
