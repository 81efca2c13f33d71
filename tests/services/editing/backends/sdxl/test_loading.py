"""The whole backend from its settings: weights as folders, photos and captions in one batch, and what is missing."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline
from safetensors.torch import load_file, save_file

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WeightsCorrupt, WeightsUnavailable
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from imgdiff.stages import Editing, EditingRequest
from services.editing.backends.sdxl.loading import load_generating_pipeline, load_pipeline, load_sdxl
from services.editing.engine import EditingEngine, create_engine
from services.editing.operations.photo_editor import PhotoEditor
from services.editing.operations.repaint import ObjectPainter
from services.editing.photo.vision import PhotoVision
from services.editing.removal.inpainting import PromptedInpainter
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.gpu.clip import build_clip
from services.gpu.compute import compute_on
from services.gpu.weights import pipeline_folder
from services.imaging.arrays import Flags
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter

Load = Callable[..., EditingEngine]
SMALL = {
    "backend": "sdxl",
    "sdxl_side": 64,
    "sdxl_steps": 2,
    "sdxl_dtype": "float32",
    "threads": 1,
    "sdxl_guidance": 100,
}
COMPUTE = compute_on("cpu", 1)


@pytest.fixture(scope="module")
def small_cups(cups: RGB) -> RGB:
    return np.ascontiguousarray(cups[::3, ::3])


@pytest.fixture
def progress() -> list[tuple[int, int]]:
    """Finished steps and all steps, as they are reported."""
    return []


@pytest.fixture
def loaded(vision: PhotoVision, sdxl_folder: Path, progress: list[tuple[int, int]]) -> Load:
    def load(inpainter: PromptedInpainter | None = None, **given: object) -> EditingEngine:
        settings = EditingSettings(**{**SMALL, "sdxl_weights": str(sdxl_folder), **given})
        rewriter = ScriptedRewriter()

        def report(done: int, total: int) -> None:
            progress.append((done, total))

        generator, own = load_sdxl(settings, rewriter, vision, ServiceMetrics("editing"), report)
        painting = inpainter or own
        painter = None if painting is None else ObjectPainter(painting, rewriter)
        return EditingEngine("sdxl", "cpu", PhotoEditor(vision, None, painter), generator, report)

    return load


def _ticket(image: RGB | None = None, **asked: object) -> Ticket[EditWork]:
    return Ticket(EditWork(image, (), EditingRequest.model_validate_json(json.dumps({"seed": 1, **asked}))))


def test_captions_and_photos_of_one_batch_are_answered_in_order(
    loaded: Load, engine: EditingEngine, small_cups: RGB, sdxl_folder: Path, progress: list[tuple[int, int]]
) -> None:
    whole = loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_side=64, sdxl_pairs=2)
    whole.warm_up()
    assert progress == [(1, 2), (2, 2), (1, 3), (2, 3), (3, 3), (0, 0)]  # three steps of four, as strong as 0.85 is
    caption = {"operation": "replace", "caption": "a cat on a sofa", "replacement": "dog"}
    removal = {"operation": "remove", "target": "cup", "thresholds": {"edit.strange": 9}}
    answers = whole.run(
        [
            _ticket(**caption),
            _ticket(small_cups, **removal),
            _ticket(**caption, count=2, index=1),
            _ticket(small_cups, operation="move", target="zebra"),
            _ticket(operation="remove"),
        ]
    )

    assert [type(answer) for answer in answers[:4]] == [Editing] * 4
    assert isinstance(answers[4], ImgdiffError)
    assert [answer.pair is not None and answer.pair.edit.operation.value for answer in answers[:3]] == [
        "replace",
        "remove",
        "replace",
    ]
    assert answers[0].pair.edit.scores.before == 0.0  # there is no cat in noise
    assert answers[0].pair.edit.scores.after == 0.0
    assert answers[3].models == engine.models  # photos that are not painted are edited as by the embedded backend
    assert (whole.backend, whole.device) == ("sdxl", "cpu")
    names = [use.name for use in whole.models]
    assert names[0] == sdxl_folder.name
    assert "scripted" in names
    assert len(set(names)) == len(names)


@pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")  # torch's own compiler uses it
@pytest.mark.parametrize("tiles", [False, True])
def test_networks_are_compiled_if_the_settings_want_it(sdxl_folder: Path, *, tiles: bool) -> None:
    def compiled(**given: bool) -> list[str]:
        settings = EditingSettings(**SMALL, sdxl_weights=str(sdxl_folder), sdxl_tiles=tiles, **given)
        pipeline, _ = load_generating_pipeline(settings, COMPUTE)
        block = pipeline.unet.mid_block.resnets[0]
        inputs = {
            "block": (block, torch.zeros(1, 64, 8, 8), torch.zeros(1, 128)),
            "decoder": (pipeline.vae.decoder, torch.zeros(1, 4, 8, 8)),
        }
        return [name for name, (network, *given_to) in inputs.items() if _wants_to_compile(network, *given_to)]

    assert compiled() == []
    assert compiled(sdxl_compile=True) == (["block"] if tiles else ["block", "decoder"])


def _wants_to_compile(network: torch.nn.Module, *inputs: torch.Tensor) -> bool:
    torch.compiler.reset()
    with torch.inference_mode(), torch.compiler.set_stance("fail_on_recompile"):
        try:
            network(*inputs)
        except RuntimeError:
            return True
    return False


class Full:
    """See `PromptedInpainter`: a device without memory for it."""

    models: tuple[ModelUse, ...] = ()

    def paint(self, image: RGB, mask: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        raise ServiceUnavailable("no memory", retry_after=30)


def test_a_painter_without_memory_costs_its_neighbours_nothing(loaded: Load, small_cups: RGB) -> None:
    caption = _ticket(operation="replace", caption="a cat on a sofa")
    removal, recolouring = (_ticket(small_cups, operation=one, target="cup") for one in ("remove", "recolour"))
    made, full_up, recoloured = loaded(Full()).run([caption, removal, recolouring])

    assert isinstance(made, Editing)
    assert isinstance(full_up, ServiceUnavailable)
    assert full_up.retry_after
    assert isinstance(recoloured, Editing)


class Watched(ServiceMetrics):
    """Metrics of which every reported step is read back."""

    def __init__(self) -> None:
        super().__init__("editing")
        self.seen: list[tuple[float, ...]] = []

    def stepped(self, done: int, of: int) -> None:
        super().stepped(done, of)
        lines = (line.rsplit(" ", 1) for line in self.exposition().decode().splitlines() if line[0] != "#")
        values = dict(lines)
        self.seen.append(tuple(float(values[f'imgdiff_steps{name}{{service="editing"}}']) for name in ("_done", "")))


def test_the_metrics_report_the_steps_of_a_batch(sdxl_folder: Path, small_cups: RGB) -> None:
    metrics = Watched()
    folders = {"sdxl_weights": str(sdxl_folder), "sdxl_inpaint_weights": str(sdxl_folder), "sdxl_inpaint_side": 64}
    engine = create_engine(EditingSettings(**SMALL, **folders), metrics)
    caption = _ticket(operation="replace", caption="a cat on a sofa")
    engine.run([caption, caption, _ticket(small_cups, operation="remove", target="cup")])

    assert metrics.seen == [(1, 2), (2, 2), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3), (0, 0)]


def test_candidates_are_judged_by_the_clip_of_the_settings(loaded: Load, tiny_clip: str, tmp_path: Path) -> None:
    save_file(build_clip(tiny_clip, prefix="").state_dict(), tmp_path / "clip.safetensors")
    engine = loaded(p2p_candidates=2, clip_model=tiny_clip, clip_weights=str(tmp_path / "clip.safetensors"))
    limits = {"edit.caption_mismatch": -1, "edit.off_direction": -1, "edit.too_different": -1}
    (answer,) = engine.run([_ticket(operation="replace", caption="a cat", thresholds=limits)])

    assert isinstance(answer, Editing)
    assert "clip.direction" in answer.parameters
    assert "clip.safetensors" in [use.name for use in engine.models]


def test_bfloat16_blend_and_tiles_run_too(loaded: Load) -> None:
    engine = loaded(sdxl_dtype="bfloat16", p2p_local_blend=True, p2p_blend_threshold=0.9, sdxl_tiles=True)
    (answer,) = engine.run([_ticket(operation="replace", caption="a cat on a sofa")])

    assert isinstance(answer, Editing)


@pytest.mark.parametrize("tiles", [False, True])
def test_tiles_are_the_inpainters_too(sdxl_folder: Path, *, tiles: bool) -> None:
    settings = EditingSettings(**SMALL, sdxl_inpaint_weights=str(sdxl_folder), sdxl_tiles=tiles)
    folder = pipeline_folder(settings.sdxl_inpaint_weights, "SETTING", stage="editing", variant="")
    pipeline = load_pipeline(StableDiffusionXLInpaintPipeline, folder, settings, COMPUTE, "SETTING")

    assert pipeline.vae.use_tiling is tiles


@pytest.mark.parametrize(
    ("variant", "dtype", "loaded_variant"),
    [("auto", "bfloat16", "fp16"), ("auto", "float32", ""), ("", "bfloat16", ""), ("fp16", "float32", "fp16")],
)
def test_files_of_half_the_size_are_taken_where_all_networks_have_them(
    small_sdxl: StableDiffusionXLPipeline, tmp_path: Path, variant: str, dtype: str, loaded_variant: str
) -> None:
    """As the public SDXL base has them: both kinds of files side by side, with equal configurations."""
    small_sdxl.save_pretrained(tmp_path)
    small_sdxl.save_pretrained(tmp_path, variant="fp16")
    mark = tmp_path / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    marked = load_file(mark)
    marked["conv_in.bias"] = torch.full_like(marked["conv_in.bias"], 2.0)
    save_file(marked, mark)
    chosen = {**SMALL, "sdxl_dtype": dtype, "sdxl_variant": variant}
    pipeline, _ = load_generating_pipeline(EditingSettings(**chosen, sdxl_weights=str(tmp_path)), COMPUTE)

    assert (pipeline.unet.conv_in.bias[0].item() == 2.0) is (loaded_variant == "fp16")


def test_weights_that_are_missing_or_broken_are_named(
    loaded: Load, sdxl_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGDIFF_OFFLINE", "true")
    with pytest.raises(ValueError, match="IMGDIFF_EDITING_SDXL_WEIGHTS must name a folder"):
        loaded(sdxl_weights="/no/such")
    with pytest.raises(WeightsUnavailable, match="some/sdxl"):
        loaded(sdxl_weights="some/sdxl")
    with pytest.raises(ValueError, match=r"has no model_index\.json"):
        loaded(sdxl_weights=str(tmp_path))
    with pytest.raises(ValueError, match=r"with \.fp16\.safetensors files"):
        loaded(sdxl_variant="fp16")
    with pytest.raises(ValueError, match="IMGDIFF_EDITING_SDXL_INPAINT_WEIGHTS must name a folder"):
        loaded(sdxl_inpaint_weights="/no/such")
    with pytest.raises(ValueError, match=r"SDXL_INPAINT_STEPS.*no step is left of 1 at strength 0\.85"):
        loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_steps=1)
    other = shutil.copytree(sdxl_folder, tmp_path / "other")
    index = json.loads((other / "model_index.json").read_text())
    (other / "model_index.json").write_text(json.dumps(index | {"_class_name": "FluxPipeline"}))
    with pytest.raises(ValueError, match=r"_SDXL_WEIGHTS: other is a FluxPipeline; .* needs a StableDiffusionXLPipe"):
        loaded(sdxl_weights=str(other))
    with pytest.raises(ValueError, match=r"INPAINT_WEIGHTS: other .*XLInpaintPipeline or a StableDiffusionXLPipeline$"):
        loaded(sdxl_inpaint_weights=str(other))
    (other / "model_index.json").write_text(json.dumps(index | {"_class_name": "StableDiffusionXLInpaintPipeline"}))
    with pytest.raises(ValueError, match=r"_SDXL_WEIGHTS: other is a StableDiffusionXLInpaintPipeline; this setting"):
        loaded(sdxl_weights=str(other))
    broken = shutil.copytree(sdxl_folder, tmp_path / "broken")
    (broken / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsCorrupt, match=r"SDXL_WEIGHTS: .*broken/unet/.* is no safetensors file"):
        loaded(sdxl_weights=str(broken))
    (broken / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(WeightsCorrupt, match="SDXL_WEIGHTS: broken is half fetched: unet has no"):
        loaded(sdxl_weights=str(broken))


def test_an_unknown_backend_and_a_missing_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="unknown backend 'nonsense'; known: embedded, sdxl, flux2_klein"):
        create_engine(EditingSettings(backend="nonsense"))
    for name in [name for name in sys.modules if name.startswith(("services.editing.backends.", "services.gpu."))]:
        if not name.endswith(".embedded"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(ValueError, match=r"backend 'sdxl' needs the extra `gpu` .*diffusers"):
        create_engine(EditingSettings(backend="sdxl"))
