"""The gate on the order of the images, which costs nothing where nothing is claimed of one of them."""

from collections.abc import Sequence

from imgdiff.records import Reason
from imgdiff.rules.captioning import decide_direction
from imgdiff.rules.thresholds import Thresholds, swap_threshold
from imgdiff.stages import CaptioningRequest
from services.captioning.direction.claimed_sides import ClaimedSides
from services.captioning.direction.swap import measure_swap
from services.captioning.observation.evidence_source import EvidenceSource


def check_direction(
    request: CaptioningRequest, claimed: ClaimedSides, places: Sequence[EvidenceSource]
) -> tuple[tuple[Reason, ...], dict[str, float]]:
    """Why the pair counts as swapped, and the threshold where the order was measured."""
    if not claimed or not places:
        return (), {}
    limits = swap_threshold(request.thresholds)
    return tuple(decide_direction(measure_swap(claimed, places), Thresholds(limits)).reasons), limits
