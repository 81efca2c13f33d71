"""A batch: order kept, answers that do not depend on who shares it, one pair's fault not its neighbours'."""

import cv2
import numpy as np
import pytest

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection import comparison
from services.detection.backends.embedded import EmbeddedPerception
from services.detection.backends.pixels import PixelPerception
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.imaging.vectors import cosine
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics


def _ticket(image1: RGB, image2: RGB) -> Ticket[PairWork]:
    return Ticket(PairWork(image1, image2, DetectionRequest()))


def _timeless(answer: Detection | ImgdiffError) -> Detection:
    assert isinstance(answer, Detection), answer
    return answer.model_copy(update={"seconds": 0.0})


def _turned(image: RGB) -> RGB:
    matrix = cv2.getRotationMatrix2D((256, 256), 0.5, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, (512, 512), flags=cv2.INTER_CUBIC), np.uint8)


def test_answers_do_not_depend_on_who_shares_the_batch(engine: DetectionEngine, photo: RGB, pasted: RGB) -> None:
    tickets = [
        _ticket(photo, photo.copy()),
        _ticket(photo, pasted),
        _ticket(photo, _turned(pasted)),
        _ticket(photo, np.full((16, 16, 3), 9, np.uint8)),
        _ticket(pasted, photo),
    ]
    together = [_timeless(one) for one in engine.run(tickets)]
    alone = [_timeless(engine.run([ticket])[0]) for ticket in tickets]
    assert together == alone
    assert [one.verdict for one in together[:2]] == [Verdict.SAME, Verdict.DIFFERENT]


def test_a_cancelled_pair_and_a_failing_one_leave_the_others_alone(
    engine: DetectionEngine, photo: RGB, pasted: RGB, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = np.full((40, 40, 3), 77, np.uint8)
    whole = comparison.find

    def failing(view: comparison.View, *rest: object) -> object:
        if view.image1.shape == small.shape:
            raise ZeroDivisionError
        return whole(view, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(comparison, "find", failing)
    gone = Cancellation()
    gone.cancel()
    cancelled = Ticket(PairWork(photo, pasted, DetectionRequest()), gone)
    answers = engine.run([cancelled, _ticket(small, small // 2), _ticket(photo, pasted)])
    assert isinstance(answers[0], ImgdiffError)
    assert isinstance(answers[1], ImgdiffError)
    assert "ZeroDivisionError" in str(answers[1])
    assert _timeless(answers[2]).verdict is Verdict.DIFFERENT


def test_a_quiet_second_capture_costs_no_network_but_the_whole_pairs(engine: DetectionEngine, photo: RGB) -> None:
    metrics = ServiceMetrics("detection")
    counting = DetectionEngine(engine._perception, 2, metrics)
    (answer,) = counting.run([_ticket(photo, _turned(photo))])
    assert _timeless(answer).verdict is Verdict.SAME
    assert b'imgdiff_rows_sum{service="detection"} 4.0' in metrics.exposition()  # two networks see both whole images


def test_a_distinct_crop_goes_through_the_networks_once(engine: DetectionEngine, photo: RGB, cat: RGB) -> None:
    perception = engine._perception
    assert isinstance(perception, EmbeddedPerception)
    before = perception.rows
    rows = perception.embed([photo, cat, photo, cat.copy()])
    assert perception.rows - before == 2 * 2
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    assert cosine(rows[1], rows[3]) == 1
    assert cosine(rows[0], rows[1]) < 0.5


def test_a_crops_vector_does_not_depend_on_the_other_crops(engine: DetectionEngine, photo: RGB, cat: RGB) -> None:
    embed = engine._perception.embed
    crops = [cat, photo[:200, :90], photo[100:160, 30:300], cat[:1, :1], photo]
    together, alone = embed(crops), [embed([crop]) for crop in crops]
    assert together is not None
    assert np.array_equal(together, np.concatenate([one for one in alone if one is not None]))
    assert np.array_equal(embed(crops[::-1]), together[::-1])


def test_no_crops_give_no_vectors_and_pixels_give_none_at_all(engine: DetectionEngine, photo: RGB) -> None:
    none = engine._perception.embed([])
    assert none is not None
    assert none.shape[0] == 0
    assert PixelPerception(1).embed([photo]) is None


def test_a_backend_without_vectors_leaves_similarities_unmeasured(photo: RGB, pasted: RGB) -> None:
    pixels = DetectionEngine(PixelPerception(2), 2, ServiceMetrics("detection"))
    answer = _timeless(pixels.run([_ticket(photo, pasted)])[0])
    assert answer.verdict is Verdict.DIFFERENT
    assert answer.similarity is None
    assert {region.crop_similarity for region in answer.regions} == {None}
