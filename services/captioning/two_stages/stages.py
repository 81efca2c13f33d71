"""The paper's two caption stages (sections 3.4, 15.3.3) over a writer and a matcher, for all waiting pairs at once.

The first stage asks what the region shows in each image, of the whole image with the box in numbers. The second asks
for the difference, of both images with the box drawn. Under `curate` a gate drops a region before anything dearer is
asked: first by image-text match, then by similarity of the captions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.images import RGB
from imgdiff.records import Box, Policy, Scores
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds
from services.captioning.limits import CONTENT_TOKENS, DIFFERENCE_TOKENS, MOST_ASKED_NOUNS
from services.captioning.observation.evidence_source import IMAGES
from services.captioning.two_stages import instructions
from services.captioning.two_stages.answers import Reading, read_content, read_sentence
from services.captioning.two_stages.instructions import ContentForm
from services.captioning.two_stages.joined_pair import crop_marked, join, mark
from services.captioning.two_stages.noun_source import Answers
from services.captioning.two_stages.presence import PresenceQuestion, PresenceSource
from services.captioning.two_stages.writer import Prompt, Writer
from services.captioning.verification.reading import read_claims
from services.captioning.verification.text import tidy
from services.english.head_nouns import subject_noun
from services.matching.text_matcher import TextMatcher, round_scores
from services.serving.isolation import run_isolated

Item = TypeVar("Item")
Result = TypeVar("Result")
Run = Callable[[Sequence[Item]], Sequence[Result | ImgdiffError]]


@dataclass(frozen=True)
class CaptionPair:
    """Two images of one size (RGB, 0..255) in image1's frame, boxes in its pixels, and whether anybody still waits."""

    images: tuple[RGB, RGB]
    boxes: tuple[Box, ...]
    policy: Policy
    limits: Mapping[str, float]
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Description:
    """One region: what each image shows there, the scores of that, and the difference; null where it was not asked."""

    content1: Reading
    content2: Reading
    scores: Scores = field(default_factory=Scores)
    difference: Reading | None = None
    presence: tuple[Answers, ...] = ()  # of each presence source

    @property
    def texts(self) -> tuple[str, str] | None:
        """Both content captions; null when one of them is missing."""
        one, two = self.content1.text, self.content2.text
        return None if one is None or two is None else (one, two)


class _Batch:
    """The pairs of one call: the descriptions so far, and the errors of those that failed."""

    def __init__(self, pairs: Sequence[CaptionPair]) -> None:
        self.pairs = pairs
        self.failed: dict[int, ImgdiffError] = {}
        self.described: dict[int, list[Description]] = {}

    def ask(self, groups: Mapping[int, Sequence[Item]], run: Run[Item, Result]) -> dict[int, Sequence[Result]]:
        """The results of every pair's group, all groups in one call. A pair that is cancelled or fails drops out."""
        for index in groups.keys() - self.failed.keys():
            if self.pairs[index].is_cancelled():
                self.failed[index] = WorkCancelled("the caller has gone")
        wanted = {index: group for index, group in groups.items() if index not in self.failed}
        results: dict[int, Sequence[Result]] = {index: [] for index, group in wanted.items() if not group}
        asked = {index: group for index, group in wanted.items() if group}
        failure = "a network failed on this pair"
        answers = run_isolated(failure, list(asked.values()), lambda some: _run_flat(some, run))
        for index, answer in zip(asked, answers, strict=True):
            if isinstance(answer, ImgdiffError):
                self.failed[index] = answer
            else:
                results[index] = answer
        return results


def _run_flat(groups: Sequence[Sequence[Item]], run: Run[Item, Result]) -> list[Sequence[Result] | ImgdiffError]:
    """One call for all groups; a group with an error in it is that error."""
    flat = [item for group in groups for item in group]
    rest = iter(zip(flat, run(flat), strict=True))
    answers: list[Sequence[Result] | ImgdiffError] = []
    for group in groups:
        results = [next(rest)[1] for _ in group]
        errors = [one for one in results if isinstance(one, ImgdiffError)]
        answers.append(errors[0] if errors else [one for one in results if not isinstance(one, ImgdiffError)])
    return answers


def describe(
    pairs: Sequence[CaptionPair],
    writer: Writer,
    matcher: TextMatcher,
    sources: Sequence[PresenceSource] = (),
    content: ContentForm = "description",
) -> list[list[Description] | ImgdiffError]:
    """Every region of each pair, or the pair's error, in order; no answer depends on other pairs."""
    batch = _Batch(pairs)
    _ask_contents(batch, writer, content)
    _score_matches(batch, matcher)
    _score_similarity(batch, matcher)
    _ask_differences(batch, writer)
    for source in sources:
        _ask_presence(batch, source)
    return [batch.failed.get(index) or batch.described[index] for index in range(len(pairs))]


def _ask_contents(batch: _Batch, writer: Writer, form: ContentForm) -> None:
    prompts = {
        index: [_content_prompt(image, box, form) for box in pair.boxes for image in pair.images]
        for index, pair in enumerate(batch.pairs)
    }
    for index, written in batch.ask(prompts, writer.write).items():
        read = [read_content(one, form) for one in written]
        batch.described[index] = [Description(*both) for both in zip(read[::2], read[1::2], strict=True)]


def _score_matches(batch: _Batch, matcher: TextMatcher) -> None:
    """Each caption on the crop of its own image; a missing caption has no score."""
    rows = {
        index: [
            (crop_marked(image, box), content.text)
            for box, one in zip(batch.pairs[index].boxes, described, strict=True)
            for image, content in zip(batch.pairs[index].images, (one.content1, one.content2), strict=True)
            if content.text is not None
        ]
        for index, described in batch.described.items()
    }
    found = batch.ask(
        rows, lambda asked: round_scores(matcher.match([row[0] for row in asked], [row[1] for row in asked]))
    )
    for index, scores in found.items():
        rest = iter(scores)
        for number, one in enumerate(batch.described[index]):
            match1, match2 = (None if side.text is None else next(rest) for side in (one.content1, one.content2))
            batch.described[index][number] = replace(one, scores=Scores(text_match1=match1, text_match2=match2))


def _score_similarity(batch: _Batch, matcher: TextMatcher) -> None:
    """Both captions of every region that no gate has dropped."""
    left = {index: _find_kept(batch, index) for index in batch.described}
    rows = {index: [one.texts for one in regions.values() if one.texts] for index, regions in left.items()}
    found = batch.ask(
        rows, lambda asked: round_scores(matcher.alike([row[0] for row in asked], [row[1] for row in asked]))
    )
    for index, cosines in found.items():
        for number, cosine in zip(left[index], cosines, strict=True):
            one = batch.described[index][number]
            scores = one.scores.model_copy(update={"caption_similarity": cosine})
            batch.described[index][number] = replace(one, scores=scores)


def _ask_differences(batch: _Batch, writer: Writer) -> None:
    left = {index: _find_kept(batch, index) for index in batch.described}
    prompts = {
        index: [_difference_prompt(batch.pairs[index], number, one) for number, one in regions.items()]
        for index, regions in left.items()
    }
    for index, written in batch.ask(prompts, writer.write).items():
        for number, one in zip(left[index], written, strict=True):
            described = batch.described[index][number]
            batch.described[index][number] = replace(described, difference=read_sentence(one))


def _ask_presence(batch: _Batch, source: PresenceSource) -> None:
    """Whether each image shows each noun that the texts of its regions name."""
    nouns = {index: [name_nouns(one) for one in described] for index, described in batch.described.items()}
    questions = {
        index: [
            PresenceQuestion(image, box, noun)
            for box, named in zip(batch.pairs[index].boxes, of_regions, strict=True)
            for noun in named
            for image in batch.pairs[index].images
        ]
        for index, of_regions in nouns.items()
    }
    for index, answers in batch.ask(questions, source.find).items():
        rest = iter(answers)
        for number, named in enumerate(nouns[index]):
            found: Answers = {(image, noun): next(rest) for noun in named for image in IMAGES}
            one = batch.described[index][number]
            batch.described[index][number] = replace(one, presence=(*one.presence, found))


def name_nouns(described: Description) -> list[str]:
    """The nouns that a region's sentence and its two captions name; none where it has no sentence."""
    if described.difference is None or described.difference.text is None:
        return []
    claimed = [thing for claims in read_claims(tidy(described.difference.text)) for thing in claims.things]
    nouns = [noun for thing in claimed for noun in (thing.noun, thing.name)]
    nouns += [subject_noun(text) for text in described.texts or ()]
    return [noun for noun in dict.fromkeys(nouns) if noun is not None][:MOST_ASKED_NOUNS]


def _find_kept(batch: _Batch, index: int) -> dict[int, Description]:
    """The regions, by number, that have both captions and that no gate has dropped."""
    pair = batch.pairs[index]
    limits = Thresholds(pair.limits)
    return {
        number: one
        for number, one in enumerate(batch.described[index])
        if one.texts is not None and not rules.decide(one.texts, one.scores, pair.policy, limits).drops
    }


def _content_prompt(image: RGB, box: Box, form: ContentForm) -> Prompt:
    """As free text for a description: enforced JSON that is cut at the last token cannot be read."""
    height, width = image.shape[:2]
    asked = instructions.ask_content(box, width, height, form)
    return Prompt(lambda: (image,), asked, CONTENT_TOKENS, "caption" if form == "phrase" else None)


def _difference_prompt(pair: CaptionPair, number: int, described: Description) -> Prompt:
    box = pair.boxes[number]

    def draw() -> tuple[RGB, ...]:
        return (join(mark(pair.images[0], box), mark(pair.images[1], box)),)

    return Prompt(draw, instructions.ask_difference(*(described.texts or ("", ""))), DIFFERENCE_TOKENS, "caption")
