"""The parts of the area generator that settings name, and what is said of those that are not there."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI

from imgdiff.errors import WeightsUnavailable
from imgdiff.images import RGB
from imgdiff.records import Policy
from imgdiff.stages import Detection, DetectionRequest
from services.detection.app import create_app
from services.detection.backends import create_engine
from services.detection.backends.area_engine import AreaEngine
from services.detection.limits import UNCALIBRATED_THRESHOLDS
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.detection.backends.green_place import GreenSegmenter, MeanEmbedder
from tests.services.detection.backends.hub_folders import write_embedder, write_sam2
from tests.services.gpu.noun_folders import write_grounding_dino, write_sam3


@pytest.mark.parametrize(
    "package", ["torch", "segment_anything.utils.amg", "transformers", "open_clip", "safetensors.torch"]
)
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("services.detection.backends.", "services.gpu."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=r"needs the extra `gpu` .*" + package.partition(".")[0]):
        create_engine(DetectionSettings(backend="sam"))


@pytest.mark.parametrize("backend", ["sam", "sam2", "sam3", "grounding_dino"])
def test_weights_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("IMGDIFF_OFFLINE", "1")
    with pytest.raises(WeightsUnavailable, match=r"facebook/sam|mm_grounding_dino"):
        create_engine(DetectionSettings(backend=backend))


def test_an_unknown_embedder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="EMBEDDER 'clip'; known: open_clip, siglip2, dinov2, dinov3"):
        create_engine(DetectionSettings(backend="sam", embedder="clip"))


def test_sam2_and_a_tower_of_transformers_answer_and_say_that_their_cosines_decide_nothing(
    tmp_path: Path, photo: RGB, pasted: RGB
) -> None:
    sam, dino = write_sam2(tmp_path / "sam2"), write_embedder(tmp_path / "dino", "dinov2")
    given = {"matcher": "none", "sam_points": 4, "sam_iou": -1, "sam_stability": 0, "sam_weights": str(sam)}
    engine = create_engine(
        DetectionSettings(backend="sam2", embedder="dinov2", embedder_weights=str(dino), **given)  # type: ignore[arg-type]
    )
    work = PairWork(photo, pasted, DetectionRequest(policy=Policy.CURATE))
    found = engine.run([Ticket(work)])[0]

    assert isinstance(found, Detection)
    assert [model.name for model in found.models] == ["sam2", "dino"]
    assert found.parameters.keys().isdisjoint({"pair.too_different", "pair.too_similar", "region.too_similar"})
    assert "pair.uncalibrated" in [reason.code for reason in found.reasons]
    assert found.regions
    assert "region.too_similar" not in {reason.code for region in found.regions for reason in region.reasons}


@pytest.mark.parametrize(
    ("backend", "write", "setting"),
    [("sam3", write_sam3, "sam_weights"), ("grounding_dino", write_grounding_dino, "grounding_weights")],
)
def test_detectors_of_nouns_propose_what_the_captions_exchange(
    tmp_path: Path,
    weights: Callable[[str], Path],
    photo: RGB,
    backend: str,
    write: Callable[[Path], Path],
    setting: str,
) -> None:
    given = {"backend": backend, "clip_model": "tiny", "clip_weights": str(weights("clip")), "sam_points": 2}
    engine = create_engine(DetectionSettings.model_validate({**given, setting: str(write(tmp_path))}))
    engine.warm_up()
    darker = (photo * 0.6).astype(np.uint8)
    darker[:256] = photo[:256]
    captions = {"caption1": "A dog in a field.", "caption2": "A cat in a field."}
    asked, plain = (DetectionRequest.model_validate(one) for one in (captions, {}))
    named, unnamed = (engine.run([Ticket(PairWork(photo, darker, request))])[0] for request in (asked, plain))

    assert isinstance(named, Detection)
    assert named.regions
    assert named.parameters["object.mismatch"] == {"sam3": 0.5, "grounding_dino": 0.3}[backend]
    assert isinstance(unnamed, Detection)
    assert ("pair.no_nouns" in [reason.code for reason in unnamed.reasons]) is (backend == "grounding_dino")


def test_thresholds_of_the_settings_or_the_request_let_an_uncalibrated_cosine_decide(photo: RGB, pasted: RGB) -> None:
    engine = AreaEngine(
        GreenSegmenter(),
        MeanEmbedder(),
        device="cpu",
        models=(),
        metrics=ServiceMetrics("detection"),
        threads=1,
        thresholds={**UNCALIBRATED_THRESHOLDS, "pair.too_similar": 0.5},
    )
    request = DetectionRequest(policy=Policy.CURATE, thresholds={"region.too_similar": 0.9})
    found = engine.run([Ticket(PairWork(photo, pasted, request))])[0]

    assert isinstance(found, Detection)
    assert [reason.code for reason in found.reasons] == ["pair.too_similar"]


def test_a_pickle_that_holds_more_than_tensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sam.pth").write_bytes(b"a pickle")
    with pytest.raises(ValueError, match=r"DETECTION_SAM_WEIGHTS: .*sam\.pth is broken or has more than tensors"):
        create_engine(DetectionSettings(backend="sam", sam_weights=str(tmp_path / "sam.pth")))


@pytest.mark.parametrize("name", ["models/sam.pt", "models/sam.bin", "models/sam.pth", "models/sam.safetensors"])
def test_a_missing_file_of_weights_is_not_looked_for_on_the_hub(name: str) -> None:
    with pytest.raises(ValueError, match=f"DETECTION_SAM_WEIGHTS: there is no file {name}"):
        create_engine(DetectionSettings(backend="sam", sam_weights=name))


def test_a_service_without_its_weights_says_so_in_its_health(loopback: Callable[[FastAPI], object]) -> None:
    with loopback(create_app(DetectionSettings(backend="sam", sam_weights="missing.safetensors"))) as client:
        state = ""
        while "IMGDIFF_DETECTION_SAM_WEIGHTS" not in state:
            answer = client.get("/v2/health/ready")
            state = answer.json()["state"]
            assert state == "loading" or "SAM_WEIGHTS" in state
        assert answer.status_code == 503
