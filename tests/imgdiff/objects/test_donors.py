"""A record repeats where a donor came from, and not its outline."""

from imgdiff.objects.donors import DonorObject, DonorUse
from imgdiff.objects.places import Mask

ASSET = "sha256:" + "1" * 64
LABELLED = DonorObject(
    asset=ASSET, label="cup", source="coco", licence="CC-BY-4.0", mask=Mask(size=(3, 4), counts="02:")
)


def test_the_label_of_a_library_goes_before_that_of_a_detector() -> None:
    assert LABELLED.use("vase") == DonorUse(asset=ASSET, label="cup", source="coco", licence="CC-BY-4.0")
    assert DonorObject(asset=ASSET).use("vase").label == "vase"


def test_a_donor_with_a_place_is_an_object_and_any_other_a_photo() -> None:
    assert [donor.is_object for donor in (LABELLED, DonorObject(box=(0, 0, 1, 1)), DonorObject(asset=ASSET))] == [
        True,
        True,
        False,
    ]
