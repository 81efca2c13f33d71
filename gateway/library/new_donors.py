"""What the library stores of a new donor: its place in the image, and what that place tells of it."""

import hashlib
from datetime import UTC, datetime

from gateway.library.outlines import count_parts, fill_polygons
from gateway.store.tenants import place_after
from imgdiff.boxes import area, is_cut_off
from imgdiff.datasets import Asset, Donor, DonorView, NewDonor
from imgdiff.errors import InvalidRequest
from imgdiff.objects.places import AssetId, Box, Mask
from imgdiff.requests.names import DEFAULT_TENANT
from imgdiff.requests.places import check_place, mask_area, mask_bounds


def build_donor(new: NewDonor, asset: Asset, opaque: Mask | None, pointer: str, tenant: str = DEFAULT_TENANT) -> Donor:
    """The donor of a tenant; `opaque` is the outline of a cut-out, `pointer` leads to `new` in the request.

    Raises InvalidRequest where the place does not fit the image.
    """
    mask, box = _settle_place(new, asset, opaque, pointer)
    pixels = area(box) if mask is None else mask_area(mask)
    parts = None if mask is None else count_parts(mask)
    occluded = new.occluded if new.occluded is not None or parts in {None, 1} else True
    return Donor(
        id=_identify(tenant, asset.id, mask, box),
        asset=asset.id,
        label=new.label,
        category=new.category,
        box=box,
        mask=mask,
        pixels=pixels,
        share=pixels / (asset.width * asset.height),
        view=DonorView(
            aspect=round((box[2] - box[0]) / (box[3] - box[1]), 3),
            cut_off=is_cut_off(box, asset.width, asset.height),
            parts=parts,
            occluded=occluded,
        ),
        source=new.source,
        reference=new.reference,
        licence=new.licence,
        created_at=datetime.now(UTC),
    )


def has_place(new: NewDonor) -> bool:
    """Whether the client marked the object, so that transparency need not."""
    return new.mask is not None or new.polygons is not None or new.box is not None


def _settle_place(new: NewDonor, asset: Asset, opaque: Mask | None, pointer: str) -> tuple[Mask | None, Box]:
    if new.mask is not None and new.polygons is not None:
        raise InvalidRequest.at(f"{pointer}/polygons", "place", "an outline is a mask or polygons; send one of them")
    mask = opaque or new.mask
    if new.polygons is not None:
        mask = fill_polygons(new.polygons, asset.width, asset.height, f"{pointer}/polygons")
    check_place(mask, new.box, (asset.width, asset.height), f"{pointer}/")
    if mask is not None:
        return mask, mask_bounds(mask)
    if new.box is None:
        detail = "a mask, polygons or a box of the object is needed, or a picture with transparency"
        raise InvalidRequest.at(f"{pointer}/mask", "missing", detail)
    return None, new.box


def _identify(tenant: str, asset: AssetId, mask: Mask | None, box: Box) -> str:
    """The same pixels and the same place have the same id, so a tenant has them once."""
    place = place_after(tenant, f"{asset} {list(box) if mask is None else mask.counts}")
    return f"don_{hashlib.sha256(place.encode()).hexdigest()[:32]}"
