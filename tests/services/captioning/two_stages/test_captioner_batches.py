"""Pairs that share a batch neither change nor harm one another."""

import numpy as np

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WorkCancelled
from imgdiff.evidence import Check
from imgdiff.stages import Captioning
from services.captioning.schema import CaptionWork
from services.captioning.two_stages.captioner import RegionView
from services.captioning.two_stages.writer import Prompt
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from tests.services.captioning.scripted import ScriptedWriter, unchecked
from tests.services.captioning.two_stages.captioner_runs import OTHER, UNMOVED, make_engine, run_one, to_region, to_work


def test_image2_is_laid_over_image1_before_anything_is_asked() -> None:
    writer = ScriptedWriter()
    one = np.random.default_rng(1).integers(0, 256, (160, 200, 3), np.uint8)
    two = np.roll(one, (3, 5), (0, 1))
    moved = {"applied": True, "model": "translation", "matrix": [[1, 0, 5], [0, 1, 3], [0, 0, 1]], "score": 1.0}
    run_one(make_engine(writer), to_work(images=(one, two), alignment=moved))

    assert np.array_equal(writer.calls[0][1].images[0][:150, :150], one[:150, :150])


def test_pairs_that_share_a_batch_have_the_answers_they_have_alone() -> None:
    def answer(prompt: Prompt) -> str:
        dark = prompt.images[0].mean() < 100
        return "a dark cup" if dark else "a bright cup"

    other = tuple(np.full((90, 120, 3), level, np.uint8) for level in (20, 40))
    works = [
        to_work(),
        to_work(to_region((5, 5, 9, 9)), images=other, policy="curate"),
        to_work(to_region(), to_region(OTHER)),
    ]
    engine = make_engine(ScriptedWriter(answer))
    together = engine.run([Ticket(work) for work in works])
    alone = [engine.run([Ticket(work)])[0] for work in works]

    assert [one.model_copy(update={"seconds": 0}) for one in together] == [
        one.model_copy(update={"seconds": 0}) for one in alone
    ]


def test_a_cancelled_pair_and_a_broken_pair_leave_the_others_alone() -> None:
    gone = Cancellation()
    gone.cancel()
    broken = to_work(alignment={**UNMOVED, "applied": True, "matrix": [[0, 0, 0], [0, 0, 0], [0, 0, 0]]})
    flat = CaptionWork(broken.image1, np.zeros((0, 3), np.uint8), broken.request)
    answers = make_engine().run([Ticket(to_work(), gone), Ticket(flat), Ticket(to_work())])

    assert [type(answer) for answer in answers] == [WorkCancelled, ImgdiffError, Captioning]
    assert "laid over" in answers[1].detail


def test_a_check_that_breaks_fails_its_own_pair_only() -> None:
    def breaking(sentence: str, view: RegionView) -> tuple[str, Check]:
        if view.box == OTHER:
            raise ZeroDivisionError
        return unchecked(sentence, view)

    answers = make_engine(verify=breaking).run([Ticket(to_work(to_region(OTHER))), Ticket(to_work())])

    assert [type(answer) for answer in answers] == [ImgdiffError, Captioning]
    assert "ZeroDivisionError" in answers[0].detail


def test_a_server_that_is_away_is_an_error_to_try_again() -> None:
    away = ServiceUnavailable("away", retry_after=7)
    (answer,) = make_engine(ScriptedWriter(lambda _: away)).run([Ticket(to_work())])

    assert answer is away


def test_two_hundred_regions_are_put_into_words_together() -> None:
    regions = [to_region((x, y, x + 10, y + 10)) for y in range(0, 100, 10) for x in range(0, 200, 10)]
    writer = ScriptedWriter()
    answer = run_one(make_engine(writer), to_work(*regions))

    assert [len(call) for call in writer.calls] == [400, 200]
    assert len(answer.regions) == 200
