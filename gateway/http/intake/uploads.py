"""Uploaded images: checked, reduced to upright pixels, stored under their digest."""

import asyncio
import base64
import binascii
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.library.outlines import trace_opaque
from gateway.outbound.addresses import Blocked
from gateway.outbound.requests import Outbound, Unreachable
from gateway.store import assets as rows
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.scenes.fingerprints import take_fingerprint
from imgdiff.datasets import Asset
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.images import ImageLimits, Pixels, decode_cutout, decode_pixels, encode_png, measure_lightness
from imgdiff.objects.places import Mask
from imgdiff.options import AssetRef, ImageRef, InlineRef, UrlRef
from imgdiff.requests.names import DEFAULT_TENANT

_STANDARD = str.maketrans("-_", "+/")  # from the URL-safe alphabet of RFC 4648
_DATA_URI = re.compile(r"\s*data:[^,]*;base64\s*", re.IGNORECASE)  # RFC 2397
_CONCURRENT_DECODES = 4  # of up to 64 megapixels, 192 MB each; chosen, not measured


@dataclass(frozen=True)
class Uploads:
    """Stores images of a tenant. Its methods block: call them from a worker thread, never on the event loop.

    `outbound` fetches images by URL; None where the operator does not want that. `decoding` limits how many images are
    decoded at a time: a small file may hold many pixels.
    """

    database: Database
    store: AssetStore
    limits: ImageLimits
    tenant: str = DEFAULT_TENANT
    outbound: Outbound | None = None
    decoding: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_CONCURRENT_DECODES))

    def store_image(self, data: bytes, pointer: str) -> Asset:
        """Store an image file; raises InvalidImage or PayloadTooLarge that names `pointer`."""
        with self.decoding:
            return self._store(decode_pixels(data, pointer, self.limits))

    def resolve_cutout(self, ref: ImageRef | bytes, pointer: str) -> tuple[Asset, Mask | None]:
        """The stored asset, and the outline of what is opaque in a file; None where nothing is transparent."""
        data = ref if isinstance(ref, bytes) else None
        if isinstance(ref, InlineRef):
            data, pointer = _from_base64(ref.base64, f"{pointer}/base64"), f"{pointer}/base64"
        with self.decoding:
            cutout = None if data is None else decode_cutout(data, pointer, self.limits)
            if cutout is not None:
                return self._store(cutout.image), trace_opaque(cutout.opaque, pointer)
        return self.resolve(ref if data is None else data, pointer), None

    def _store(self, image: Pixels) -> Asset:
        height, width = image.shape[:2]
        measured = measure_lightness(image), take_fingerprint(image)
        return rows.keep(self.database, self.store, encode_png(image), (width, height), *measured, self.tenant)

    def resolve(self, ref: ImageRef | bytes, pointer: str, *, note: bool = True) -> Asset:
        """The stored asset that a request refers to; unless `note`, whoever makes a job of it notes that it is used."""
        match ref:
            case bytes(data):
                return self.store_image(data, pointer)
            case AssetRef(asset=asset_id):
                return self._find(asset_id, f"{pointer}/asset", note=note)
            case InlineRef(base64=text):
                return self.store_image(_from_base64(text, f"{pointer}/base64"), f"{pointer}/base64")
            case UrlRef(url=url):
                pointer = f"{pointer}/url"
                return self.store_image(asyncio.run(self.fetch(url, pointer)), pointer)

    async def fetch(self, url: str, pointer: str) -> bytes:
        """The image file at a URL; raises InvalidRequest that names `pointer`."""
        if self.outbound is None:
            raise InvalidRequest.at(
                pointer, "image.urls_off", "this gateway does not fetch images by URL; upload the file"
            )
        try:
            return await self.outbound.fetch(url, self.limits.max_bytes)
        except (Blocked, Unreachable) as error:
            raise InvalidRequest.at(pointer, "image.not_fetched", f"the image cannot be fetched: {error}") from error

    def _find(self, asset_id: str, pointer: str, *, note: bool) -> Asset:
        with self.database.writing() if note else self.database.reading() as session, suppress(NotFound):
            if note:
                rows.use(session, [asset_id], self.tenant)
            return rows.find_held(session, asset_id, self.tenant)
        raise InvalidRequest.at(pointer, "asset.unknown", f"there is no asset {asset_id!r}")


def _from_base64(text: str, pointer: str) -> bytes:
    """The bytes of base64 in any common form: a data URI, with line breaks, URL-safe, or without padding."""
    scheme, comma, rest = text.partition(",")
    if comma:
        if not _DATA_URI.fullmatch(scheme):
            detail = "not base64: before the comma, only data:TYPE;base64 is understood"
            raise InvalidRequest.at(pointer, "image.not_base64", detail)
        text = rest
    plain = "".join(text.split()).translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest.at(pointer, "image.not_base64", f"not base64: {error}") from error
