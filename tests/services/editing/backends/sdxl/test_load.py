"""The whole backend from its settings: weights as folders, photos and captions in one batch, and what is missing."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WeightsCorrupt, WeightsUnavailable
from imgdiff.images import RGB
from imgdiff.stages import Editing, EditingRequest
from services.editing.backends import create_engine
from services.editing.backends.embedded import EmbeddedEditing
from services.editing.backends.sdxl.engine import SdxlEditing, load
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.gpu.clip import build_clip
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter

Loaded = Callable[..., SdxlEditing]
SMALL = {
    "backend": "sdxl", "sdxl_side": 64, "sdxl_steps": 2, "sdxl_dtype": "float32", "threads": 1, "sdxl_guidance": 100,
}  # fmt: skip


@pytest.fixture
def loaded(engine: EmbeddedEditing, sdxl_folder: Path) -> Loaded:
    def made(**given: object) -> SdxlEditing:
        settings = EditingSettings(**{**SMALL, "sdxl_weights": str(sdxl_folder), **given})
        return load(settings, ScriptedRewriter(), engine, ServiceMetrics("editing"))

    return made


def _ticket(image: RGB | None = None, **asked: object) -> Ticket[EditWork]:
    return Ticket(EditWork(image, (), EditingRequest.model_validate_json(json.dumps({"seed": 1, **asked}))))


def test_captions_and_photos_of_one_batch_are_answered_in_order(loaded: Loaded, cups: RGB, sdxl_folder: Path) -> None:
    engine = loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_side=64, sdxl_pairs=2)
    painted: list[tuple[int, ...]] = []
    watching = engine._painter._inpainter._pipeline.unet.register_forward_pre_hook(
        lambda _, given: painted.append(given[0].shape)
    )
    engine.warm_up()
    watching.remove()
    assert painted == [(1, 4, 32, 32)] * 3  # of the four steps, as strong as 0.85 is
    caption = {"operation": "replace", "caption": "a cat on a sofa", "replacement": "dog"}
    removal = {"operation": "remove", "target": "cup", "thresholds": {"edit.strange": 9}}
    answers = engine.run([
        _ticket(**caption), _ticket(cups, **removal), _ticket(**caption, count=2, index=1),
        _ticket(cups, operation="move", target="zebra"), _ticket(operation="remove"),
    ])  # fmt: skip

    assert [type(answer) for answer in answers[:4]] == [Editing] * 4
    assert isinstance(answers[4], ImgdiffError)
    assert [answer.pair is not None and answer.pair.edit.operation.value for answer in answers[:3]] == [
        "replace",
        "remove",
        "replace",
    ]
    assert answers[0].pair.edit.scores.before == 0.0  # there is no cat in noise
    assert answers[0].pair.edit.scores.after == 0.0
    assert answers[3].models == EmbeddedEditing.models.fget(engine._photos)
    assert engine._painter._scenes is engine._photos.scenes
    assert engine._generator._judges.sight is engine._photos.scenes.sight
    assert (engine.backend, engine.device) == ("sdxl", "cpu")
    names = [use.name for use in engine.models]
    assert names[0] == sdxl_folder.name
    assert "scripted" in names
    assert len(set(names)) == len(names)


@pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")  # torch's own compiler uses it
@pytest.mark.parametrize("tiles", [False, True])
def test_networks_are_compiled_where_that_is_asked_for(loaded: Loaded, *, tiles: bool) -> None:
    def compiled(**given: bool) -> list[str]:
        pipeline = loaded(sdxl_tiles=tiles, **given)._generator._make._sampler._pipeline
        networks = {"block": pipeline.unet.mid_block.resnets[0], "decoder": pipeline.vae.decoder}
        return [name for name, network in networks.items() if network._compiled_call_impl is not None]

    assert compiled() == []
    assert compiled(sdxl_compile=True) == (["block"] if tiles else ["block", "decoder"])


def test_a_painter_without_memory_costs_its_neighbours_nothing(loaded: Loaded, cups: RGB, sdxl_folder: Path) -> None:
    engine = loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_side=64)

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    engine._painter._inpainter._pipeline.unet.register_forward_hook(full)
    caption = _ticket(operation="replace", caption="a cat on a sofa")
    removal, recolouring = (_ticket(cups, operation=one, target="cup") for one in ("remove", "recolour"))
    made, full_up, recoloured = engine.run([caption, removal, recolouring])

    assert isinstance(made, Editing)
    assert isinstance(full_up, ServiceUnavailable)
    assert full_up.retry_after
    assert isinstance(recoloured, Editing)


def test_how_far_it_is_with_its_steps_is_among_the_metrics(
    engine: EmbeddedEditing, sdxl_folder: Path, cups: RGB
) -> None:
    metrics = ServiceMetrics("editing")
    folders = {"sdxl_weights": str(sdxl_folder), "sdxl_inpaint_weights": str(sdxl_folder), "sdxl_inpaint_side": 64}
    made = load(EditingSettings(**SMALL, **folders), ScriptedRewriter(), engine, metrics)
    told: list[tuple[float, float]] = []

    def seen(*_: object) -> None:
        told.append(_steps(metrics))

    for part in (made._generator._make._sampler, made._painter._inpainter):
        part._pipeline.unet.register_forward_hook(seen)
    caption = _ticket(operation="replace", caption="a cat on a sofa")
    made.run([caption, caption, _ticket(cups, operation="remove", target="cup")])

    assert told == [(0, 0), (1, 2), (2, 2), (1, 2), (2, 2), (1, 3), (2, 3)]
    assert _steps(metrics) == (0, 0)


def _steps(metrics: ServiceMetrics) -> tuple[float, ...]:
    told = dict(line.rsplit(" ", 1) for line in metrics.exposition().decode().splitlines() if line[0] != "#")
    return tuple(float(told[f'imgdiff_steps{name}{{service="editing"}}']) for name in ("_done", ""))


def test_candidates_are_judged_by_the_clip_of_the_settings(loaded: Loaded, tiny_clip: str, tmp_path: Path) -> None:
    save_file(build_clip(tiny_clip, prefix="").state_dict(), tmp_path / "clip.safetensors")
    engine = loaded(p2p_candidates=2, clip_model=tiny_clip, clip_weights=str(tmp_path / "clip.safetensors"))
    limits = {"edit.caption_mismatch": -1, "edit.off_direction": -1, "edit.too_different": -1}
    (answer,) = engine.run([_ticket(operation="replace", caption="a cat", thresholds=limits)])

    assert isinstance(answer, Editing)
    assert "clip.direction" in answer.parameters
    assert "clip.safetensors" in [use.name for use in engine.models]


def test_bfloat16_blend_and_tiles_run_too(loaded: Loaded) -> None:
    engine = loaded(sdxl_dtype="bfloat16", p2p_local_blend=True, p2p_blend_threshold=0.9, sdxl_tiles=True)
    (answer,) = engine.run([_ticket(operation="replace", caption="a cat on a sofa")])

    assert isinstance(answer, Editing)


def test_tiles_are_the_inpainters_too(loaded: Loaded, sdxl_folder: Path) -> None:
    for tiles in (False, True):
        engine = loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_side=64, sdxl_tiles=tiles)

        assert engine._painter._inpainter._decoder.use_tiling is tiles
        assert engine._painter._inpainter._pipeline.vae.use_tiling is tiles


def test_weights_that_are_missing_or_broken_are_named(
    loaded: Loaded, sdxl_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGDIFF_OFFLINE", "true")
    with pytest.raises(ValueError, match="IMGDIFF_EDITING_SDXL_WEIGHTS must name a folder"):
        loaded(sdxl_weights="/no/such")
    with pytest.raises(WeightsUnavailable, match="some/sdxl"):
        loaded(sdxl_weights="some/sdxl")
    with pytest.raises(ValueError, match=r"holds no model_index\.json"):
        loaded(sdxl_weights=str(tmp_path))
    with pytest.raises(ValueError, match=r"with \.fp16\.safetensors files"):
        loaded(sdxl_variant="fp16")
    with pytest.raises(ValueError, match="IMGDIFF_EDITING_SDXL_INPAINT_WEIGHTS must name a folder"):
        loaded(sdxl_inpaint_weights="/no/such")
    with pytest.raises(ValueError, match=r"SDXL_INPAINT_STEPS.*1 steps of strength 0\.85 are none"):
        loaded(sdxl_inpaint_weights=str(sdxl_folder), sdxl_inpaint_steps=1)
    broken = shutil.copytree(sdxl_folder, tmp_path / "broken")
    (broken / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsCorrupt, match="SDXL_WEIGHTS: broken"):
        loaded(sdxl_weights=str(broken))
    (broken / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(ValueError, match="SDXL_WEIGHTS: broken cannot be loaded"):
        loaded(sdxl_weights=str(broken))


def test_an_unknown_backend_and_a_missing_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="unknown backend 'nonsense'; known: embedded, sdxl"):
        create_engine(EditingSettings(backend="nonsense"))
    for name in [name for name in sys.modules if name.startswith(("services.editing.backends.", "services.gpu."))]:
        if not name.endswith(".embedded"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(ValueError, match=r"backend 'sdxl' needs the extra `gpu` .*diffusers"):
        create_engine(EditingSettings(backend="sdxl"))
