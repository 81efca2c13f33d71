"""The catalogue names every model that a setting or preset names, and says what it needs."""

import pytest

from imgdiff.backends.catalogue import Catalogue, catalogue, obstacles
from imgdiff.backends.machine import Gpu, Machine
from imgdiff.errors import NotFound

SMALL = Machine(gpus=(), memory_gb=4, disk_gb=1)
LARGE = Machine(gpus=(Gpu(name="H100", total_gb=85, free_gb=80),), memory_gb=128, disk_gb=500)


@pytest.mark.parametrize("model", catalogue().models, ids=lambda model: model.name)
def test_every_model_has_a_name_on_the_hub_and_a_size_that_its_parameters_explain(model) -> None:
    bytes_each = model.disk_gb / model.parameters

    assert model.hub_name.repository in model.hub
    assert (model.kind == "file") == (model.hub_name.file is not None)
    assert 1.9 < bytes_each < 4.2  # half or whole precision
    assert model.gpu_gb > model.parameters * model.loads
    assert model.host_gb > model.parameters * model.loads


def test_a_backend_brings_its_default_and_what_runs_beside_it() -> None:
    def names(name: str) -> list[str]:
        return [model.name for model in catalogue().of_backend(name)]

    assert names("sam2") == ["sam2", "clip", "blip"]
    assert names("transformers") == ["qwen3-vl-2b", "blip", "clip"]
    assert names("llava-next") == ["llava-next", "blip", "clip"]
    assert names("sdxl") == ["sdxl"]
    assert names("rewriter") == ["qwen3-4b"]


def test_an_unknown_backend_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"no backend or model 'nonsense'; known: .*sdxl"):
        catalogue().of_backend("nonsense")


def test_a_machine_runs_what_fits_into_its_gpu_memory_and_disk() -> None:
    sdxl, largest = catalogue().named("sdxl"), catalogue().named("qwen_image_edit")

    assert obstacles(sdxl, LARGE, fetched=False) == []
    assert obstacles(largest, SMALL, fetched=False) == ["GPU", "RAM", "disk"]
    assert obstacles(largest, SMALL, fetched=True) == ["GPU", "RAM"]


def test_a_model_needed_but_not_listed_and_a_name_twice_are_noticed() -> None:
    sdxl = catalogue().named("sdxl").model_dump(by_alias=True)
    with pytest.raises(ValueError, match="needed but not listed: other"):
        Catalogue.model_validate({"models": [sdxl | {"with": ["other"]}]})
    with pytest.raises(ValueError, match="two models with the same name"):
        Catalogue.model_validate({"models": [sdxl, sdxl]})
