"""Every model of the catalogue loads by its public name from a cache laid out as the hub has it, without a network."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from diffusers.utils.logging import disable_progress_bar  # noqa: E402
from transformers.utils.logging import disable_progress_bar as disable_bars  # noqa: E402

from imgdiff.backends.catalogue import catalogue  # noqa: E402
from imgdiff.backends.hub_names import HubName  # noqa: E402
from services.captioning.backends.image_text import PRESETS  # noqa: E402
from services.captioning.backends.selection import create_network_writer  # noqa: E402
from services.captioning.settings import CaptioningSettings  # noqa: E402
from services.detection.backends.areas import load as load_areas  # noqa: E402
from services.detection.settings import DetectionSettings  # noqa: E402
from services.editing.backends.rewriters.selection import create_rewriter  # noqa: E402
from services.editing.backends.sdxl.loading import load_generating_pipeline  # noqa: E402
from services.editing.engine import create_engine  # noqa: E402
from services.editing.settings import EditingSettings  # noqa: E402
from services.gpu.compute import compute_on  # noqa: E402
from services.matching.selection import create_matcher  # noqa: E402
from services.serving.metrics import ServiceMetrics  # noqa: E402
from tests.services.captioning.backends.hub_layouts import write_layout  # noqa: E402
from tests.services.detection.backends.hub_folders import write_embedder, write_sam, write_sam2  # noqa: E402
from tests.services.gpu import hub_writers as writers  # noqa: E402
from tests.services.gpu.layouts import Layout, into_hub_cache  # noqa: E402
from tests.services.gpu.noun_folders import write_grounding_dino, write_sam3  # noqa: E402

disable_progress_bar()
disable_bars()
METRICS = ServiceMetrics("test")


def _load_vlm(preset: str) -> object:
    return create_network_writer(CaptioningSettings(vlm=preset, threads=1), METRICS)


def _load_sdxl(name: str) -> object:
    return load_generating_pipeline(EditingSettings(sdxl_weights=name), compute_on("cpu", 1))


def _load_flux2_klein(name: str) -> object:
    return create_engine(EditingSettings(backend="flux2_klein", flux2_weights=name, threads=1))


def _load_qwen_image_edit(name: str) -> object:
    return create_engine(EditingSettings(backend="qwen_image_edit", qwen_edit_weights=name, threads=1))


def _load_clip(name: str) -> object:
    settings = CaptioningSettings(matcher="open_clip", clip_weights=name, clip_model=writers.CLIP, threads=1)
    return create_matcher(settings, METRICS, stage="captioning")


def _load_rewriter(name: str) -> object:
    return create_rewriter(EditingSettings(rewriter="transformers", rewriter_model=name, threads=1), METRICS)


def _load_blip(name: str) -> object:
    settings = CaptioningSettings(matcher="blip", blip_weights=name, clip_model=writers.CLIP, threads=1)
    return create_matcher(settings, METRICS, stage="captioning")


def _load_areas(**chosen: str) -> object:
    return load_areas(DetectionSettings(threads=1, clip_model=writers.CLIP, **chosen), METRICS)


def _load_sam(name: str) -> object:
    return _load_areas(backend="sam", sam_weights=name)


def _load_sam2(name: str) -> object:
    return _load_areas(backend="sam2", sam_weights=name)


def _load_sam3(name: str) -> object:
    return _load_areas(backend="sam3", sam_weights=name)


def _load_grounding_dino(name: str) -> object:
    return _load_areas(backend="grounding_dino", grounding_weights=name)


def _vlm(preset: str) -> Layout:
    return Layout(preset, partial(write_layout, preset), _load_vlm)


def _embedder(kind: str) -> Layout:
    def load(name: str) -> object:
        return _load_areas(backend="sam", embedder=kind, embedder_weights=name)

    return Layout(kind, lambda folder: write_embedder(folder, kind), load)


LAYOUTS = [
    Layout("clip", writers.write_clip, _load_clip),
    Layout("sam", write_sam, _load_sam),
    Layout("sam-large", write_sam, _load_sam),
    Layout("sam-base", write_sam, _load_sam),
    Layout("sam2", write_sam2, _load_sam2),
    Layout("sam3", write_sam3, _load_sam3),
    Layout("grounding_dino", write_grounding_dino, _load_grounding_dino),
    _embedder("siglip2"),
    _embedder("dinov2"),
    _embedder("dinov3"),
    Layout("blip", writers.write_blip, _load_blip),
    _vlm("qwen3-vl-2b"),
    _vlm("qwen3-vl-8b"),
    _vlm("llava-next"),
    _vlm("qwen3.5-4b"),
    Layout("sdxl", writers.write_sdxl, _load_sdxl),
    Layout("sdxl-turbo", writers.write_sdxl, _load_sdxl),
    Layout("flux2_klein", writers.write_flux2_klein, _load_flux2_klein),
    Layout("qwen_image_edit", writers.write_qwen_image_edit, _load_qwen_image_edit),
    Layout("qwen3-4b", writers.write_qwen3, _load_rewriter),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], None]], Path]:
    """The folder that a writer writes, once."""

    @cache
    def folder(write: Callable[[Path], None]) -> Path:
        made = tmp_path_factory.mktemp("layout")
        write(made)
        return made

    return folder


@pytest.fixture
def install(hub_cache: Path, written: Callable[[Callable[[Path], None]], Path]) -> Callable[..., str]:
    """Puts a model into the hub's cache, with CLIP and SAM, which others need beside them; its public name."""

    def put(model: str, write: Callable[[Path], None]) -> str:
        for one, its_writer in {"clip": writers.write_clip, "sam": write_sam, model: write}.items():
            name = catalogue().named(one).hub_name
            into_hub_cache(written(its_writer), name.repository, hub_cache, name.revision or "main")
        asked = catalogue().named(model).hub_name
        return str(HubName(asked.repository, asked.revision))

    return put


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.model)
def test_a_model_loads_by_its_public_name(
    layout: Layout, install: Callable[..., str], written: Callable[[Callable[[Path], None]], Path]
) -> None:
    files = catalogue().named(layout.model).files

    assert [name for name in files if not any(written(layout.write).glob(name))] == []
    assert layout.load(install(layout.model, layout.write)) is not None


def test_blip_loads_from_the_checkpoint_that_the_hubs_main_has(
    install: Callable[..., str], hub_cache: Path, written: Callable[[Callable[[Path], None]], Path]
) -> None:
    install("clip", writers.write_clip)
    folder = into_hub_cache(written(writers.write_blip_of_main), "Salesforce/blip-itm-large-coco", hub_cache)

    assert not list(folder.glob("*.safetensors"))
    assert _load_blip("Salesforce/blip-itm-large-coco") is not None


def test_every_model_of_the_catalogue_has_a_layout() -> None:
    assert {model.name for model in catalogue().models} == {layout.model for layout in LAYOUTS}


def test_the_defaults_of_settings_are_models_of_the_catalogue() -> None:
    known = {model.hub_name.repository for model in catalogue().models}
    defaults = [CaptioningSettings().blip_weights, CaptioningSettings().clip_weights]
    defaults += [EditingSettings().flux2_weights, EditingSettings().qwen_edit_weights]
    defaults += [EditingSettings().sdxl_weights, EditingSettings().rewriter_model, EditingSettings().clip_weights]

    defaults += [EditingSettings().flux2_weights, EditingSettings().qwen_edit_weights, *PRESETS.values()]
    for default in defaults:
        name = HubName.parse(default)
        assert name is not None
        assert name.repository in known
