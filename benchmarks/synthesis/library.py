"""The objects of some photos as a library of donors, drawn from as the gateway does."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.library.new_donors import build_donor
from gateway.pipeline.donors import choose
from gateway.store.library.donors import Candidate
from imgdiff.datasets import Asset, NewDonor
from imgdiff.images import measure_lightness
from imgdiff.options import SynthesisFields
from imgdiff.records import Operation
from services.imaging.masks import encode_mask
from training.coco_photos import Instance, Photo

Entry = tuple[Photo, Instance]


class Library:
    """Objects cut along their annotated outlines; those that the border of a photo may cut off are left out."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        donors = ((_build_candidate(*entry), entry) for entry in entries)
        self._entries = {one.donor.id: (one, entry) for one, entry in donors if not one.donor.view.cut_off}

    def draw_for(self, photo: Photo, seed: int) -> list[Entry]:
        """What is sent to add an object of any label to the photo."""
        fields = SynthesisFields(operation=Operation.ADD, seed=seed)
        candidates = [one for one, _ in self._entries.values()]
        drawn = choose(candidates, fields, measure_lightness(photo.image), any_label=True)
        return [self._entries[one.id][1] for one in drawn if one.id is not None]


def _build_candidate(photo: Photo, one: Instance) -> Candidate:
    height, width = photo.image.shape[:2]
    name = f"sha256:{hashlib.sha256(photo.image.tobytes()).hexdigest()}"
    asset = Asset(id=name, width=width, height=height, media_type="image/png", size=1, created_at=datetime.now(UTC))
    new = NewDonor(label=one.label, mask=encode_mask(one.whole(height, width)), source=photo.name, licence="not stated")
    return Candidate(build_donor(new, asset, None, ""), measure_lightness(photo.image))
