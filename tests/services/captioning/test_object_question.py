"""The question of a removal or addition: a description that fits the image with the object and not the other one."""

import numpy as np
import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.images import ImageLimits, encode_png
from imgdiff.records import Policy
from imgdiff.stages import AskedObject, CaptionedRegion, Captioning
from services.captioning.object_question import add_questions
from services.captioning.schema import parse_caption
from tests.services.captioning.scripted import CONTENT, ScriptedMatcher, ScriptedWriter
from tests.services.captioning.two_stages.captioner_runs import BOX, OTHER, make_engine, run_one, to_work

REMOVED = AskedObject(box=BOX, shown_in="image1", noun="cup")
ADDED = AskedObject(box=BOX, shown_in="image2", noun="cup")


def _writer(content1: str, content2: str) -> ScriptedWriter:
    rest = [content1, content2]
    return ScriptedWriter(lambda prompt: rest.pop(0) if prompt.instruction.startswith(CONTENT) else "A cup has gone.")


class ByPixels(ScriptedMatcher):
    """A text matches a crop with the value of its first pixel's red, in hundredths."""

    def match(self, crops, texts):
        super().match(crops, texts)
        return [float(crop[0, 0, 0]) / 100 for crop in crops]


@pytest.mark.parametrize(("asked", "description"), [(REMOVED, "a red cup"), (ADDED, "a bare table")])
def test_the_description_is_the_caption_of_the_image_that_shows_the_object(
    asked: AskedObject, description: str
) -> None:
    answer = run_one(make_engine(_writer("a red cup", "a bare table")), to_work(asked=asked))

    assert answer.described is not None
    assert answer.described.description == description
    assert (answer.described.caption1, answer.described.caption2) == ("a red cup", "a bare table")


@pytest.mark.parametrize(("asked", "shown", "erased"), [(REMOVED, 0.6, 0.1), (ADDED, 0.1, 0.6)])
def test_it_is_matched_with_both_images_at_the_object(asked: AskedObject, shown: float, erased: float) -> None:
    one, two = (np.full((160, 200, 3), level, np.uint8) for level in (60, 10))
    matcher = ByPixels()
    answer = run_one(make_engine(_writer("a red cup", "a table"), matcher), to_work(images=(one, two), asked=asked))

    assert answer.described is not None
    assert (answer.described.match_shown, answer.described.match_erased) == (shown, erased)
    assert [crop.shape for crop, _ in matcher.matched[-2:]] == [(40, 40, 3)] * 2


@pytest.mark.parametrize("policy", list(Policy))
def test_a_description_that_fits_both_images_or_none_says_so(policy: Policy) -> None:
    engine = make_engine(_writer("a red cup", "a table"), ScriptedMatcher(match=0.3))
    described = run_one(engine, to_work(asked=REMOVED, policy=policy)).described

    assert described is not None
    assert [(reason.code, reason.value, reason.threshold) for reason in described.reasons] == [
        ("question.mismatch", 0.3, 0.35),
        ("question.still_shown", 0.3, 0.2),
    ]


def test_a_requests_own_thresholds_count() -> None:
    limits = {"question.mismatch": 0.1, "question.still_shown": 0.95}
    answer = run_one(make_engine(), to_work(asked=REMOVED, thresholds=limits))

    assert answer.described is not None
    assert answer.described.reasons == ()
    assert {code: answer.parameters[code] for code in limits} == limits


def test_without_a_caption_of_the_place_the_noun_describes_the_object() -> None:
    elsewhere = AskedObject(box=OTHER, shown_in="image1", noun="cup")
    answer = run_one(make_engine(), to_work(asked=elsewhere))

    assert answer.described is not None
    assert answer.described.description == "a cup"
    assert (answer.described.caption1, answer.described.caption2) == (None, None)


def test_nothing_is_described_where_nothing_is_asked_for_or_known() -> None:
    nameless = AskedObject(box=OTHER, shown_in="image1")

    for asked in (None, nameless):
        answer = run_one(make_engine(), to_work(asked=asked))
        assert answer.described is None
        assert "question.mismatch" not in answer.parameters


def test_questions_of_one_batch_are_matched_together_and_others_pass() -> None:
    matcher = ScriptedMatcher()
    calls: list[int] = []

    class Counted(ScriptedMatcher):
        def match(self, crops, texts):
            calls.append(len(crops))
            return matcher.match(crops, texts)

    works = [to_work(asked=REMOVED), to_work(), to_work(asked=ADDED)]
    region = CaptionedRegion(change="removed", caption1="a cup", caption2="a table", kept=True)
    answers = add_questions(works, [Captioning(seconds=0, regions=(region,))] * 3, Counted())

    assert calls == [4]
    assert [isinstance(one, Captioning) and one.described is not None for one in answers] == [True, False, True]


def test_a_score_that_is_not_finite_fails_its_pair() -> None:
    (answer,) = add_questions(
        [to_work(asked=REMOVED)],
        [Captioning(seconds=0, regions=(CaptionedRegion(change="removed", kept=True),))],
        ScriptedMatcher(match=float("nan")),
    )

    assert not isinstance(answer, Captioning)


def test_a_place_outside_the_images_is_refused() -> None:
    work = to_work(asked=AskedObject(box=(0, 0, 400, 10), shown_in="image1"))
    data = encode_png(work.image1)

    with pytest.raises(InvalidRequest, match="image1"):
        parse_caption(data, data, work.request.model_dump_json(), ImageLimits())
