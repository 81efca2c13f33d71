"""Backend `sam` as a whole: pairs in, answers out, on tiny random weights through the service's own app."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WorkCancelled
from imgdiff.images import RGB, encode_png
from imgdiff.records import Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.app import create_app
from services.detection.area_generator.segmentation import Segment
from services.detection.backends import create_engine
from services.detection.backends.area_engine import AreaEngine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.imaging.arrays import Floats
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.detection.backends.green_place import GREEN, PLACE, GreenSegmenter, MeanEmbedder


@pytest.fixture(scope="module")
def settings(weights: Callable[[str], Path], blip_folder: Path) -> DetectionSettings:
    return DetectionSettings(
        backend="sam",
        sam_model="tiny",
        sam_weights=str(weights("sam")),
        sam_points=4,
        sam_iou=-1,
        sam_stability=0,
        sam_prompts=8,
        clip_model="tiny",
        clip_weights=str(weights("clip")),
        clip_crops=4,
        blip_weights=str(blip_folder),
        max_batch=4,
        max_delay_ms=50,
        threads=1,
    )


@pytest.fixture(scope="module")
def client(ready: Callable[[ExitStack, FastAPI], httpx.Client], settings: DetectionSettings) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        yield ready(stack, create_app(settings))


@pytest.fixture(scope="module")
def tiny(settings: DetectionSettings) -> AreaEngine:
    engine = create_engine(settings)
    engine.warm_up()
    return engine


def _detect(client: httpx.Client, one: RGB, two: RGB, request: str = "{}") -> Detection:
    files = {"image1": encode_png(one), "image2": encode_png(two)}
    answer = client.post("/detect", files=files, data={"request": request})
    assert answer.status_code == 200, answer.text
    return Detection.model_validate_json(answer.content)


def _without_seconds(answer: object) -> Detection:
    assert isinstance(answer, Detection), answer
    return answer.model_copy(update={"seconds": 0.0})


BLACK = np.zeros((16, 16, 3), np.uint8)


NOISE = np.random.default_rng(3).integers(0, 256, (1, 4000, 3), np.uint8)


@pytest.mark.parametrize("policy", ["describe", "curate"])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        (BLACK, np.full((16, 16, 3), 255, np.uint8)),
        (NOISE, NOISE[:, ::-1]),
        (np.zeros((200, 200, 3), np.uint8), np.zeros((100, 300, 3), np.uint8)),
        (BLACK[:1, :1], NOISE),
        (NOISE[:, :100], np.tile(NOISE[:, :1500], (1500, 1, 1))),
    ],
    ids=["16x16", "1x4000", "all black, two sizes", "one pixel against a line", "a much larger image2"],
)
def test_odd_images_get_an_answer(client: httpx.Client, one: RGB, two: RGB, policy: str) -> None:
    found = _detect(client, one, two, f'{{"policy": "{policy}", "thresholds": {{"pair.too_different": -1}}}}')

    for region in found.regions:
        assert region.box[2] <= one.shape[1]
        assert region.box[3] <= one.shape[0]
        assert region.kept or region.reasons


def test_identical_images_ask_no_network(client: httpx.Client, photo: RGB) -> None:
    found = _detect(client, photo, photo)

    assert (found.verdict, [reason.code for reason in found.reasons]) == (Verdict.SAME, ["pair.identical"])


def test_the_answer_names_the_weights_and_the_thresholds(client: httpx.Client, photo: RGB, pasted: RGB) -> None:
    found = _detect(client, photo, pasted, '{"policy": "curate", "thresholds": {"pair.too_similar": 1}}')
    limits = found.parameters

    assert [model.name for model in found.models] == ["sam.safetensors", "clip.safetensors"]
    assert (limits["pair.too_different"], limits["region.too_similar"]) == (0.9, 0.85)
    assert (limits["region.overlap"], limits["region.limit"]) == (0.5, 5)
    assert found.similarity is not None
    assert client.get("/v2/models/detection").json()["backend"] == "sam"


def test_rows_and_halvings_are_metrics(client: httpx.Client, photo: RGB, pasted: RGB) -> None:
    def now() -> dict[str, float]:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return {sample.name: sample.value for family in families for sample in family.samples}

    before = now()
    _detect(client, photo, pasted)
    _detect(client, photo, photo)
    after = now()

    assert after["imgdiff_rows_count"] - before["imgdiff_rows_count"] == 2
    assert after["imgdiff_rows_sum"] - before["imgdiff_rows_sum"] >= 4  # two whole images, each seen by both networks
    assert after["imgdiff_halved_total"] == 0


def test_a_pairs_answer_does_not_depend_on_who_shares_the_batch(tiny: AreaEngine, photo: RGB, pasted: RGB) -> None:
    brighter = (photo * 0.8).astype(np.uint8)
    images = [(photo, pasted), (pasted, photo), (brighter, pasted), (photo, photo), (photo[:90, :70], BLACK)]
    tickets = [Ticket(PairWork(one, two, DetectionRequest())) for one, two in images]
    together = [_without_seconds(answer) for answer in tiny.run(tickets)]
    alone = [_without_seconds(tiny.run([ticket])[0]) for ticket in tickets]

    assert together == alone
    assert any(answer.regions for answer in alone)


def test_a_pair_with_captions_is_matched_with_their_nouns_and_any_other_says_that_it_is_not(
    tiny: AreaEngine, photo: RGB, pasted: RGB
) -> None:
    loose = {"pair.too_different": -1.0, "pair.too_similar": 1.0, "region.too_similar": 1.0, "region.no_evidence": 0.0}
    request = {"policy": "curate", "thresholds": {**loose, "object.mismatch": 2.0}, "max_regions": 100}
    captions = {"caption1": "a dog on a table", "caption2": "a cat on a table"}
    requests = [{**request, **captions}, {**request, **captions, "caption2": "two dogs on tables"}]
    named, unnamed = tiny.run([Ticket(PairWork(photo, pasted, DetectionRequest(**one))) for one in requests])

    assert isinstance(named, Detection), named
    assert isinstance(unnamed, Detection), unnamed
    assert named.parameters["object.mismatch"] == 2
    assert [one.kept for one in named.regions] == [False] * len(named.regions)
    assert "object.mismatch" in {reason.code for one in named.regions for reason in one.reasons}
    assert all(one.scores.object_match is not None for one in named.regions if one.reasons[0].code == "object.mismatch")
    assert any("(itc)" in model.name for model in named.models)
    assert any(one.kept for one in unnamed.regions)
    assert "object.mismatch" not in unnamed.parameters
    assert [reason.code for reason in unnamed.reasons][-1] == "object.not_matched"
    assert not any("(itc)" in model.name for model in unnamed.models)


def test_a_cancelled_pair_is_dropped_and_the_others_are_answered(tiny: AreaEngine, photo: RGB, pasted: RGB) -> None:
    gone = Cancellation()
    gone.cancel()
    work = PairWork(photo, pasted, DetectionRequest())
    answers = tiny.run([Ticket(work, gone), Ticket(work)])

    assert isinstance(answers[0], WorkCancelled)
    assert isinstance(answers[1], Detection)


def test_defect_a_pair_that_cannot_be_prepared_is_named_and_its_neighbours_are_answered(
    tiny: AreaEngine, photo: RGB, pasted: RGB
) -> None:
    """Section 2.5 (e): any error in the crops of a pair dropped it without a word."""
    broken = PairWork(photo[..., :2], pasted, DetectionRequest())  # no three channels
    answers = tiny.run([Ticket(broken), Ticket(PairWork(photo, pasted, DetectionRequest()))])

    assert isinstance(answers[0], ImgdiffError)
    assert "could not be prepared" in answers[0].detail
    assert isinstance(answers[1], Detection)


def test_a_device_too_small_for_one_row_is_said_to_every_pair_that_needs_it(photo: RGB, pasted: RGB) -> None:
    class TooLarge(MeanEmbedder):
        def embed(self, crops: Sequence[RGB]) -> Floats:
            raise ServiceUnavailable("one row does not fit into the device's memory")

    engine = AreaEngine(
        GreenSegmenter(), TooLarge(), device="cpu", models=(), metrics=ServiceMetrics("detection"), threads=1
    )
    answers = engine.run([Ticket(PairWork(photo, two, DetectionRequest())) for two in (pasted, photo)])

    assert isinstance(answers[0], ServiceUnavailable)
    assert isinstance(answers[1], Detection)


def test_defect_a_pair_on_which_the_networks_break_is_named_and_its_neighbours_are_answered(
    photo: RGB, pasted: RGB
) -> None:
    class Breaking(MeanEmbedder):
        def embed(self, crops: Sequence[RGB]) -> Floats:
            if any(crop.shape == (90, 70, 3) for crop in crops):
                raise ZeroDivisionError
            return super().embed(crops)

    engine = AreaEngine(
        GreenSegmenter(), Breaking(), device="cpu", models=(), metrics=ServiceMetrics("detection"), threads=1
    )
    pairs = [(photo, pasted), (photo[:90, :70], photo[100:190, :70]), (pasted, photo)]
    answers = engine.run([Ticket(PairWork(one, two, DetectionRequest())) for one, two in pairs])

    assert [type(answer) for answer in answers] == [Detection, ImgdiffError, Detection]
    assert "ZeroDivisionError" in str(answers[1])


def test_a_pair_cancelled_while_its_batch_runs_asks_no_more_networks_and_leaves_the_others_alone(
    photo: RGB, pasted: RGB
) -> None:
    gone, seen = Cancellation(), []

    class Leaving(MeanEmbedder):
        def embed(self, crops: Sequence[RGB]) -> Floats:
            gone.cancel()  # its caller goes while the whole pairs are compared
            return super().embed(crops)

    class Counting(GreenSegmenter):
        def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
            seen.extend(images)
            return super().segment(images)

    engine = AreaEngine(Counting(), Leaving(), device="cpu", models=(), metrics=ServiceMetrics("detection"), threads=1)
    green = photo.copy()
    green[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = GREEN
    answers = engine.run(
        [Ticket(PairWork(pasted, photo, DetectionRequest()), gone), Ticket(PairWork(photo, green, DetectionRequest()))]
    )

    assert isinstance(answers[0], WorkCancelled)
    assert isinstance(answers[1], Detection)
    assert answers[1].verdict is Verdict.DIFFERENT
    assert len(seen) == 2


def test_defect_no_file_is_written_whose_name_could_clash(
    tiny: AreaEngine, photo: RGB, pasted: RGB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 5.3 (8): crops went through files, named by replacing one image's name inside the other's path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert isinstance(tiny.run([Ticket(PairWork(photo, pasted, DetectionRequest()))])[0], Detection)
    assert list(tmp_path.iterdir()) == []
