"""Tiny random networks in the place of the large ones, and torchvision's one operator where its wheel does not fit.

torchvision's wheel is linked against CUDA and cannot load its kernels beside the processor-only torch that tests use;
the operator has to be there before anything imports torchvision, so this module defines it while it is imported.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from skimage import data

from imgdiff.images import RGB


def _suppressed(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Indices that greedy non-maximum suppression keeps, best first."""
    left, top, right, bottom = boxes.unbind(1)
    sizes = (right - left) * (bottom - top)
    order, kept = scores.argsort(descending=True, stable=True), []
    while order.numel():
        best, rest = order[0], order[1:]
        kept.append(best)
        across = (torch.minimum(right[best], right[rest]) - torch.maximum(left[best], left[rest])).clamp(min=0)
        down = (torch.minimum(bottom[best], bottom[rest]) - torch.maximum(top[best], top[rest])).clamp(min=0)
        both = across * down
        order = rest[~(both / (sizes[best] + sizes[rest] - both) > iou_threshold)]  # 0 / 0 suppresses nothing
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.int64)


def _fitting_torchvision() -> torch.library.Library | None:
    """None where torchvision's own kernels load; else the library that stands in, which must be kept alive."""
    for kernels in Path(find_spec("torchvision").origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(kernels))
        except OSError:
            continue
        return None
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _suppressed, "CPU")
    from torchvision.ops import boxes  # noqa: PLC0415  only now it can be imported

    boxes._assert_has_ops = lambda: None
    return library


KEPT = _fitting_torchvision()

from benchmarks.tiny_networks import register_tiny  # noqa: E402
from services.detection.backends.compute import Compute, compute_on  # noqa: E402
from services.detection.backends.open_clip import OpenClipEmbedder, build_clip  # noqa: E402
from services.detection.backends.sam import Quality, SamSegmenter, build_sam  # noqa: E402

register_tiny()
ANY_MASK = Quality(iou=-1.0, stability=0.0, points=4)  # random networks are sure of nothing


@pytest.fixture(scope="session")
def processor() -> Compute:
    return compute_on("cpu", 2)


@pytest.fixture
def segmenter(processor: Compute) -> SamSegmenter:
    torch.manual_seed(7)
    return SamSegmenter(
        build_sam("tiny"), processor, quality=ANY_MASK, images_at_once=2, prompts_at_once=8, halved=pytest.fail
    )


@pytest.fixture
def embedder(processor: Compute) -> OpenClipEmbedder:
    torch.manual_seed(7)
    return OpenClipEmbedder(build_clip("tiny"), processor, crops_at_once=4, halved=pytest.fail)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Random weights of the tiny `sam` or `clip` as a safetensors file."""

    def written(name: str) -> Path:
        torch.manual_seed(7)
        model = build_sam("tiny") if name == "sam" else build_clip("tiny")
        path = tmp_path_factory.mktemp("weights") / f"{name}.safetensors"
        save_file(model.state_dict(), path)
        return path

    return written


@pytest.fixture(scope="session")
def pictures() -> list[RGB]:
    """Cuts of a photo, of several shapes down to one pixel high."""
    photo = np.ascontiguousarray(data.astronaut(), np.uint8)
    cuts = [photo[:128, :128], photo[100:160, 50:250], photo[200:500, 300:340], photo[:1, :400], photo[9:25, 9:25]]
    return [np.ascontiguousarray(cut) for cut in cuts]
