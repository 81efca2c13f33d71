"""A picture that was redrawn whole, with one object exchanged: captions show where, through the real comparison."""

import cv2
import numpy as np
import pytest
from skimage import data

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box, Policy
from imgdiff.stages import DetectedRegion, Detection, DetectionRequest
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.matching.embedded_objects import DetectedObjects
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

CAPTIONS = {"caption1": "A cat in a room.", "caption2": "A cup in a room."}
PLACE: Box = (150, 120, 270, 240)
LIGHT = ((12, 15), (14, 16), (12, 20))  # grey levels of texture, and steps of hue
HEAVY = (24, 25)


@pytest.fixture(scope="module")
def comparison(extractor: EmbeddedExtractor) -> DetectionEngine:
    return DetectionEngine(extractor, 1, ServiceMetrics("detection"), DetectedObjects.load(1, stage="detection"))


@pytest.fixture(scope="module")
def light(comparison: DetectionEngine) -> tuple[int, int]:
    """The drift that shows as regions, too: which one differs with the processor, on which networks round."""
    return next(drift for drift in LIGHT if len(_kept(_detect(comparison, drift))) > 1)


def _pair(drift: tuple[int, int]) -> tuple[RGB, RGB]:
    """A cat before a rocket, and a cup there in a picture of other colours, outlines and texture."""
    ground = cv2.resize(data.rocket(), (416, 352), interpolation=cv2.INTER_AREA)  # type: ignore[no-untyped-call]
    cat, cup = data.chelsea()[20:260, 100:340], data.coffee()[40:360, 130:450]  # type: ignore[no-untyped-call]
    images = []
    for thing in (cat, cup):
        image = ground.copy()
        image[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = cv2.resize(thing, (120, 120), interpolation=cv2.INTER_AREA)
        images.append(image)
    return images[0], _redraw(images[1], *drift)


def _redraw(image: RGB, texture: int, hue: int) -> RGB:
    chance, (height, width) = np.random.default_rng(4), image.shape[:2]

    def noise(cells: tuple[int, ...], amount: float) -> np.ndarray:
        coarse = chance.normal(0, amount, cells).astype(np.float32)
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))

    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + hue) % 180
    shift = noise((9, 9, 2), 2.5)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    coloured = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    across, down = columns + shift[..., 0], rows + shift[..., 1]
    moved = cv2.remap(coloured, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    painted = moved + noise((height // 5, width // 5), texture)[..., None]
    return np.asarray(painted.clip(0, 255), np.uint8)


def _detect(engine: DetectionEngine, drift: tuple[int, int], **request: object) -> Detection:
    work = PairWork(*_pair(drift), DetectionRequest.model_validate({"policy": "curate", **request}))
    (answer,) = engine.run([Ticket(work)])
    assert isinstance(answer, Detection), answer
    return answer


def _kept(answer: Detection) -> list[DetectedRegion]:
    return [region for region in answer.regions if region.kept]


def test_what_only_drifted_is_dropped_and_the_exchanged_object_stays(
    comparison: DetectionEngine, light: tuple[int, int]
) -> None:
    with_captions = _detect(comparison, light, **CAPTIONS)

    (region,) = _kept(with_captions)
    assert iou(region.place, PLACE) > 0.8
    mismatched = [one for one in with_captions.regions if [code.code for code in one.reasons] == ["object.mismatch"]]
    assert mismatched
    assert all(one.scores is not None and one.scores.object_match is not None for one in mismatched)


def test_describe_reports_the_mismatch_and_drops_nothing(comparison: DetectionEngine, light: tuple[int, int]) -> None:
    answer = _detect(comparison, light, **CAPTIONS, policy=Policy.DESCRIBE)

    codes = [[reason.code for reason in region.reasons] for region in _kept(answer)]
    assert ["object.mismatch"] in codes
    assert [] in codes


def test_where_the_map_sees_only_drift_the_object_is_found_by_its_noun(comparison: DetectionEngine) -> None:
    without, with_captions = _detect(comparison, HEAVY), _detect(comparison, HEAVY, **CAPTIONS)

    assert max(iou(region.place, PLACE) for region in _kept(without)) < 0.3
    (region,) = _kept(with_captions)
    assert iou(region.place, PLACE) > 0.8


def test_the_record_says_where_the_filter_does_not_apply_and_names_its_networks_where_it_does(
    comparison: DetectionEngine, light: tuple[int, int]
) -> None:
    same, exchanged = (
        _detect(comparison, light, caption1="A cat in a room.", caption2=caption)
        for caption in ("Two cats in a room.", CAPTIONS["caption2"])
    )

    assert same.reasons[-1].code == "object.not_matched"
    assert "object.mismatch" not in same.parameters
    assert "object.not_matched" not in {reason.code for reason in exchanged.reasons}
    assert exchanged.parameters["object.mismatch"] == DetectedObjects.calibrated["object.mismatch"]
    assert {model.name for model in exchanged.models} - {model.name for model in same.models} == {
        "object-detector",
        "coco-labels",
    }
