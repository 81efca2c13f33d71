"""Both backends from their settings: photos and captions in one batch, folders as the hub has them, what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import Flux2KleinPipeline

from benchmarks.speed.random_instruct import TINY, flux2_klein
from imgdiff.errors import InvalidRequest, WeightsCorrupt, WeightsUnavailable, WorkCancelled
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Operation
from imgdiff.stages import Editing, EditingRequest
from services.editing.engine import EditingEngine, create_engine
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

SMALL = {
    "threads": 1,
    "flux2_dtype": "float32",
    "flux2_side": 64,
    "flux2_steps": 2,
    "qwen_edit_dtype": "float32",
    "qwen_edit_side": 64,
    "qwen_edit_steps": 2,
}
Load = Callable[..., EditingEngine]


@pytest.fixture(scope="module")
def small_cups(cups: RGB) -> RGB:
    """Of an odd height and width."""
    return np.ascontiguousarray(cups[1::4, 3::4])


@pytest.fixture
def load(klein_folder: Path, qwen_folder: Path) -> Load:
    def create(backend: str, metrics: ServiceMetrics | None = None, **given: object) -> EditingEngine:
        folders = {"flux2_weights": str(klein_folder), "qwen_edit_weights": str(qwen_folder)}
        return create_engine(EditingSettings(**{"backend": backend, **SMALL, **folders, **given}), metrics)

    return create


def _ticket(image: RGB | None = None, cancellation: Cancellation | None = None, **asked: object) -> Ticket[EditWork]:
    request = EditingRequest.model_validate_json(json.dumps({"seed": 1, **asked}))
    return Ticket(EditWork(image, (), request), cancellation or Cancellation())


@pytest.mark.parametrize("backend", ["flux2_klein", "qwen_image_edit"])
def test_a_photo_is_edited_as_told_and_stays_what_it_was(load: Load, small_cups: RGB, backend: str) -> None:
    engine = load(backend)
    engine.warm_up()
    asked = {"operation": "replace", "target": "spoon", "replacement": "fork"}
    answer, other, again = engine.run(
        [_ticket(small_cups, **asked), _ticket(small_cups, **asked, round=1), _ticket(small_cups, **asked)]
    )

    assert isinstance(answer, Editing)
    pair = answer.pair
    assert pair is not None, answer.reasons
    image2 = decode(pair.image2, "/image", ImageLimits())
    assert pair.image1 is None  # the client's photo
    assert image2.shape == small_cups.shape
    assert (pair.edit.operation, pair.edit.before, pair.edit.after) == (Operation.REPLACE, "spoon", "fork")
    assert pair.edit.regenerated
    assert answer.parameters == {"edit.image_too_small": 96}
    assert pair.edit.instruction == "Replace the spoon with a fork. Keep everything else as it is."
    assert (pair.edit.scores.before, pair.edit.scores.after) == (0.0, 0.0)  # there is nothing in noise
    assert (engine.backend, engine.models[0].stage) == (backend, "editing")
    assert again.pair == pair
    assert other.pair.image2 != pair.image2


def test_a_caption_becomes_two_images_of_one_model(load: Load) -> None:
    asked = {"operation": "replace", "caption": "a cat on a sofa", "target": "cat", "replacement": "dog"}
    (answer,) = load("flux2_klein").run([_ticket(**asked)])

    assert isinstance(answer, Editing)
    pair = answer.pair
    assert pair is not None, answer.reasons
    assert (pair.caption1, pair.caption2) == ("a cat on a sofa", "a dog on a sofa")
    assert pair.edit.instruction.startswith("Replace the cat with a dog.")
    assert {decode(image, "/image", ImageLimits()).shape for image in (pair.image1, pair.image2)} == {(64, 64, 3)}


def test_a_batch_of_all_kinds_is_answered_in_order(load: Load, small_cups: RGB) -> None:
    gone = Cancellation()
    gone.cancel()
    caption = {"operation": "replace", "caption": "a cat on a sofa"}
    donated = Ticket(EditWork(small_cups, (small_cups,), EditingRequest(operation="replace", target="zebra", seed=1)))
    answers = load("flux2_klein", flux2_pairs=2).run(
        [
            _ticket(**caption),
            _ticket(small_cups, operation="remove", target="cup"),
            _ticket(operation="remove", caption="a cat"),
            _ticket(small_cups[:60, :60], operation="remove"),
            _ticket(small_cups, gone, operation="remove", target="cup"),
            donated,
            _ticket(operation="replace", caption="a cat " + "and a dog " * 60),
        ]
    )

    made = [answer for answer in answers if isinstance(answer, Editing)]
    assert [answer.pair is not None for answer in made] == [True, True, False, False, False, False]
    assert [answer.reasons[0].code for answer in made[2:]] == [
        "rewrite.not_sayable",
        "edit.image_too_small",
        "edit.target_not_found",  # the client's own source photo is used by copy-paste
        "edit.unread",
    ]
    assert isinstance(answers[4], WorkCancelled)


def test_qwen_image_edit_needs_a_photo_and_names_what_does_not(load: Load) -> None:
    (answer,) = load("qwen_image_edit").run([_ticket(operation="replace", caption="a cat")])

    assert isinstance(answer, InvalidRequest)
    assert answer.errors[0].pointer == "/image"
    assert "IMGDIFF_EDITING_BACKEND=sdxl or flux2_klein" in str(answer.errors[0])


class Watched(ServiceMetrics):
    """Metrics of which every reported step is kept."""

    def __init__(self) -> None:
        super().__init__("editing")
        self.seen: list[tuple[int, int]] = []

    def stepped(self, done: int, of: int) -> None:
        super().stepped(done, of)
        self.seen.append((done, of))


def test_the_metrics_report_the_steps_of_both_images(load: Load) -> None:
    metrics = Watched()
    load("flux2_klein", metrics).run([_ticket(operation="replace", caption="a cat on a sofa")])

    assert metrics.seen == [(1, 2), (2, 2), (1, 2), (2, 2), (0, 0)]


@pytest.mark.parametrize("backend", ["flux2_klein", "qwen_image_edit"])
@pytest.mark.parametrize("offload", ["networks", "layers"])
def test_offloaded_networks_make_the_same_image(load: Load, small_cups: RGB, backend: str, offload: str) -> None:
    ticket = _ticket(small_cups, operation="remove", target="cup")
    settings = {"flux2_offload": offload, "qwen_edit_offload": offload}
    (whole,), (offloaded, again) = load(backend).run([ticket]), load(backend, **settings).run([ticket, ticket])

    assert isinstance(whole, Editing)
    assert whole.pair == offloaded.pair == again.pair


@pytest.mark.parametrize("backend", ["flux2_klein", "qwen_image_edit"])
def test_bfloat16_runs_with_a_decoder_in_float32(load: Load, small_cups: RGB, backend: str) -> None:
    engine = load(backend, flux2_dtype="bfloat16", qwen_edit_dtype="bfloat16")
    (answer,) = engine.run([_ticket(small_cups, operation="remove", target="cup")])

    assert isinstance(answer, Editing)
    assert answer.pair is not None, answer.reasons


def test_weights_that_are_missing_broken_or_of_another_model_are_named(
    load: Load, klein_folder: Path, qwen_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGDIFF_OFFLINE", "true")
    with pytest.raises(ValueError, match="IMGDIFF_EDITING_FLUX2_WEIGHTS must name a folder"):
        load("flux2_klein", flux2_weights="/no/such")
    with pytest.raises(WeightsUnavailable, match="some/klein"):
        load("flux2_klein", flux2_weights="some/klein")
    with pytest.raises(ValueError, match=r"IMGDIFF_EDITING_QWEN_EDIT_WEIGHTS.*model_index\.json"):
        load("qwen_image_edit", qwen_edit_weights=str(tmp_path))
    with pytest.raises(ValueError, match=r"FLUX2_WEIGHTS: .* is a QwenImageEditPlusPipeline; .* a Flux2KleinPipeline"):
        load("flux2_klein", flux2_weights=str(qwen_folder))
    with pytest.raises(ValueError, match=r"FLUX2_GUIDANCE is 4, but .* is distilled"):
        load("flux2_klein", flux2_guidance=4)
    broken = shutil.copytree(klein_folder, tmp_path / "broken")
    file = next((broken / "transformer").glob("*.safetensors"))
    file.write_bytes(b"broken")
    with pytest.raises(WeightsCorrupt, match=r"FLUX2_WEIGHTS: .* no safetensors file"):
        load("flux2_klein", flux2_weights=str(broken))
    file.unlink()
    with pytest.raises(WeightsCorrupt, match=r"FLUX2_WEIGHTS: .* half fetched"):
        load("flux2_klein", flux2_weights=str(broken))
    other = shutil.copytree(klein_folder, tmp_path / "other")
    config = json.loads((other / "transformer" / "config.json").read_text())
    (other / "transformer" / "config.json").write_text(json.dumps(config | {"attention_head_dim": 8}))
    with pytest.raises(ValueError, match="FLUX2_WEIGHTS: other cannot be loaded"):
        load("flux2_klein", flux2_weights=str(other))
    (other / "transformer" / "config.json").unlink()
    with pytest.raises(ValueError, match="FLUX2_WEIGHTS: other cannot be loaded"):
        load("flux2_klein", flux2_weights=str(other))


def test_a_base_model_is_guided(load: Load, small_cups: RGB, tmp_path: Path) -> None:
    torch.manual_seed(4)
    base: Flux2KleinPipeline = flux2_klein(TINY, distilled=False)
    base.save_pretrained(tmp_path / "base")
    ticket = _ticket(small_cups, operation="remove", target="cup")
    images = []
    for guidance in (1.0, 30.0):
        engine = load("flux2_klein", flux2_weights=str(tmp_path / "base"), flux2_guidance=guidance)
        (answer,) = engine.run([ticket])
        assert isinstance(answer, Editing)
        images.append(answer.pair.image2)

    assert images[0] != images[1]
