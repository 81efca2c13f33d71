"""Requests settled: their images stored, every option filled in."""

from gateway.store.values import JobRequest
from imgdiff.datasets import Asset
from imgdiff.errors import InvalidRequest
from imgdiff.jobs import JobKind
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Policy
from imgdiff.requests.places import check_place


def settle_pair(image1: Asset, image2: Asset, options: Options) -> JobRequest:
    """The request to describe two images."""
    settled = options.settled(Policy.DESCRIBE)
    return JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=settled, image1=image1.id, image2=image2.id)


def settle_synthesis(
    fields: SynthesisFields, photo: Asset | None, donor: DonorObject | None, options: Options, prefix: str = ""
) -> JobRequest:
    """The request to make pairs; raises InvalidRequest where there is nothing to edit, or the place does not fit.

    `prefix` is the pointer of the request.
    """
    if fields.caption is None and photo is None:
        raise InvalidRequest.at(f"{prefix}/image", "missing", "an image to edit or a caption to start from is needed")
    if fields.has_place:
        if photo is None:
            raise InvalidRequest.at(
                f"{prefix}/image", "missing", "target_mask and target_box are places in a photo; send it"
            )
        check_place(fields.target_mask, fields.target_box, (photo.width, photo.height), f"{prefix}/target_")
    return JobRequest(
        kind=JobKind.SYNTHESIS,
        options=options.settled(Policy.CURATE),
        fields=fields,
        image=None if photo is None else photo.id,
        donors=() if donor is None else (donor,),
    )
