"""Parsed lines as they are stored: settled as the routes of single requests do it, or rejected."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from gateway.batches.parsing import ParsedLine, Request
from gateway.requests.settling import settle_pair, settle_synthesis
from gateway.store.batches import lines
from gateway.store.batches.images import use_images
from gateway.store.batches.values import NewLine, StoredBatch
from gateway.store.database import Session
from gateway.store.library import donors
from gateway.store.values import JobRequest
from imgdiff.datasets import Asset
from imgdiff.errors import ImgdiffError, InvalidRequest, NotFound
from imgdiff.objects.donors import DonorObject
from imgdiff.options import AssetRef, DifferenceCaptionsRequest, DonorRef, SynthesisRequest


def settle_all(session: Session, batch: StoredBatch, parsed: Sequence[ParsedLine]) -> list[NewLine]:
    """The lines of a batch, whose inline images are stored; an id that another line has is an error of the later."""
    named = {image.asset for line in parsed for image in line.images.values() if isinstance(image, AssetRef)}
    cut_out = _find_donors(session, parsed, batch.tenant)
    used = named | {donor.asset for donor in cut_out.values() if donor.asset}
    found = use_images(session, used, batch.tenant)
    seen = lines.known(session, batch.sequence, [str(line.custom_id) for line in parsed if line.request is not None])
    new = []
    for line in parsed:
        try:
            request = _settle(line, found, cut_out).model_copy(update={"tenant": batch.tenant})
            custom_id = _claim(line, seen)
        except ImgdiffError as error:
            document = {"custom_id": line.custom_id, "error": error.problem().model_dump(mode="json")}
            new.append(NewLine(line.number, None, None, document))
        else:
            new.append(NewLine(line.number, custom_id, request.model_dump(mode="json")))
    return new


def _claim(line: ParsedLine, seen: dict[str, int]) -> str:
    custom_id = str(line.custom_id)
    if custom_id in seen:
        detail = f"{custom_id!r} is the id of line {seen[custom_id]}; ids must be unique"
        raise InvalidRequest.at("/custom_id", "duplicate", detail)
    seen[custom_id] = line.number
    return custom_id


def _find_donors(session: Session, parsed: Sequence[ParsedLine], tenant: str) -> dict[str, DonorObject]:
    """The donors of the tenant's library that lines name, as far as they exist."""
    found = {}
    for name in {donor for line in parsed if (donor := _named_donor(line.request)) is not None}:
        with suppress(NotFound):
            found[name] = donors.get(session, name, tenant).as_object()
    return found


def _named_donor(request: Request | None) -> str | None:
    if isinstance(request, SynthesisRequest) and isinstance(request.donor, DonorRef):
        return request.donor.donor
    return None


def _settle(line: ParsedLine, found: Mapping[str, Asset], cut_out: Mapping[str, DonorObject]) -> JobRequest:
    images = {
        pointer: _find(found, ref.asset, pointer) for pointer, ref in line.images.items() if isinstance(ref, AssetRef)
    }
    match line.request:
        case DifferenceCaptionsRequest(options=options):
            return settle_pair(images["/body/image1"], images["/body/image2"], options)
        case SynthesisRequest() as request:
            donor = _donor(request, images.get("/body/donor"), found, cut_out)
            return settle_synthesis(request.fields, images.get("/body/image"), donor, request.options, "/body")
        case None:
            raise line.error or InvalidRequest("the line holds no request")


def _find(found: Mapping[str, Asset], asset_id: str, pointer: str) -> Asset:
    if asset_id not in found:
        raise InvalidRequest.at(f"{pointer}/asset", "asset.unknown", f"there is no asset {asset_id!r}")
    return found[asset_id]


def _donor(
    request: SynthesisRequest, photo: Asset | None, found: Mapping[str, Asset], cut_out: Mapping[str, DonorObject]
) -> DonorObject | None:
    if not isinstance(request.donor, DonorRef):
        return None if photo is None else DonorObject(asset=photo.id)
    donor = cut_out.get(request.donor.donor)
    if donor is None or donor.asset not in found:
        detail = f"there is no donor {request.donor.donor!r}"
        raise InvalidRequest.at("/body/donor/donor", "donor.unknown", detail)
    return donor
