"""Donors: objects, or whole photos, that a synthesis copies a new object from."""

from typing import Annotated

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.objects.places import AssetId, Box, Mask

DONOR_ID = r"^don_[0-9a-f]{32}$"
DonorId = Annotated[str, Field(pattern=DONOR_ID, description="Identifier of an object in the library.")]


class DonorUse(Frozen):
    """Where a copied object came from, as records repeat it."""

    id: DonorId | None = Field(default=None, description="The donor in the library; null for any other photo.")
    asset: AssetId | None = Field(default=None, description="The image that it was cut from.")
    label: str | None = Field(default=None, description="Noun for the object; null where the photo was not labelled.")
    source: str | None = Field(default=None, description="Where the image comes from; null if that is not known.")
    licence: str | None = Field(default=None, description="Licence of the image; null if that is not known.")


class DonorObject(DonorUse):
    """A donor as editing gets it: beside `DonorUse`, the object's outline or box in the donor's own pixels.

    A mask is a sure outline, drawn by whoever labelled the photo; a box is a sure place whose outline is still to be
    drawn. With neither it is a whole photo, in which an object is still to be detected.
    """

    mask: Mask | None = None
    box: Box | None = None

    @property
    def is_object(self) -> bool:
        """Whether the donor is one object of its photo, not the photo as a whole."""
        return self.mask is not None or self.box is not None

    def use(self, label: str | None = None) -> DonorUse:
        """What the record repeats; `label` is that of a detected object, where the donor itself has none."""
        return DonorUse(
            id=self.id, asset=self.asset, label=self.label or label, source=self.source, licence=self.licence
        )
