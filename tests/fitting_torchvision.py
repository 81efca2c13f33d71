"""torchvision's one operator where its wheel does not fit.

torchvision's wheel is linked against CUDA and cannot load its kernels beside the processor-only torch that tests use;
the operator has to be there before anything imports torchvision, so this module defines it while it is imported.
"""

from importlib.util import find_spec
from pathlib import Path

import torch


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
