"""In which lane the stages of a job wait, and what each of them costs its tenant; settled when the job is created."""

from collections.abc import Mapping

from gateway.store.values import JobRequest, Lane
from imgdiff.records import AssetId

PIXELS = 2**20  # of both images of a pair for each unit of cost; chosen, not measured
SINGLE_SHARE = 7  # stages of single jobs for each one of the bulk lane while both wait; chosen, not measured
LARGE = 16  # pairs of a synthesis; nobody sits and waits for more; chosen, not measured
_GENERATED = 2**20  # pixels of an image that editing generates without a photo, as most models of the catalogue do


def lane_of(request: JobRequest, *, batch: bool) -> Lane:
    """Bulk for a line of a batch and for a large synthesis."""
    return Lane.BULK if batch or request.pairs > LARGE else Lane.SINGLE


def cost_of(request: JobRequest, pixels: Mapping[AssetId, int]) -> int:
    """The megapixels of one pair, at least 1; `pixels` has those of the job's images.

    Every stage of a job costs the same: editing makes a pair of a photo that has the photo's size twice. A smaller
    pair costs as much as one of a megapixel, since a call and a model's fixed input set the time that it takes.
    """
    sides = (request.image1, request.image2) if request.image1 is not None else (request.image, request.image)
    total = sum(_GENERATED if side is None else pixels.get(side, 0) for side in sides)
    return max(1, round(total / PIXELS))
