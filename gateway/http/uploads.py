"""Images on their way in: checked once, reduced to upright RGB pixels, stored once under their digest."""

import base64
import binascii
import threading
from dataclasses import dataclass, field

from gateway.store import assets as rows
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.datasets import Asset
from imgdiff.errors import InvalidRequest
from imgdiff.images import ImageLimits, decode, encode_png
from imgdiff.options import AssetRef, ImageRef, InlineRef, UrlRef

_AT_ONCE = 4


@dataclass(frozen=True)
class Intake:
    """Takes images in. Its methods compute and wait: call them from a worker thread, never on the event loop.

    `decoding` bounds how many are unpacked at once: a small file may hold many pixels.
    """

    database: Database
    store: AssetStore
    limits: ImageLimits
    decoding: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_AT_ONCE))

    def take_image(self, data: bytes, pointer: str) -> Asset:
        """The stored asset of an image file; raises InvalidImage or PayloadTooLarge naming `pointer`."""
        with self.decoding:
            image = decode(data, pointer, self.limits)
            height, width = image.shape[:2]
            normalised = encode_png(image)
            del image
        asset_id = self.store.put(normalised)
        with self.database.writing() as session:
            return rows.remember(session, asset_id, width, height, len(normalised))

    def take_ref(self, ref: ImageRef, pointer: str) -> Asset:
        """The stored asset that a JSON request means."""
        match ref:
            case AssetRef(asset=asset_id):
                return self._known(asset_id, f"{pointer}/asset")
            case InlineRef(base64=text):
                return self.take_image(_from_base64(text, f"{pointer}/base64"), f"{pointer}/base64")
            case UrlRef():
                raise InvalidRequest.at(
                    f"{pointer}/url", "image.urls_off", "images by URL are off here; upload the file"
                )

    def _known(self, asset_id: str, pointer: str) -> Asset:
        with self.database.reading() as session:
            asset = rows.find(session, asset_id)
        if asset is None:
            raise InvalidRequest.at(pointer, "asset.unknown", f"there is no asset {asset_id!r}")
        return asset


def _from_base64(text: str, pointer: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest.at(pointer, "image.not_base64", f"not base64: {error}") from error
