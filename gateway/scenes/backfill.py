"""Images that earlier versions stored get their fingerprints, one after the other, so that copies join their scenes."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass

from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.scenes import backfill
from gateway.store.scenes.fingerprints import take_fingerprint
from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.images import ImageLimits, decode_pixels
from imgdiff.records import AssetId

_log = logging.getLogger(__name__)
_AT_ONCE = 20  # images between two pauses; chosen, not measured
_SHARE = 0.2  # of the time that images are read; chosen, not measured


@dataclass(frozen=True)
class Backfill:
    """`run` goes once over all images and then ends; `fill` does some of them. Several may run at a time.

    `seconds` is the pause after a failure.
    """

    database: Database
    store: AssetStore
    limits: ImageLimits
    seconds: float

    async def run(self, stopping: asyncio.Event) -> None:
        """Go on until all images have fingerprints or `stopping` is set."""
        position: AssetId | None = ""
        while position is not None and not stopping.is_set():
            began, least = time.monotonic(), 0.0
            try:
                position = await asyncio.to_thread(self.fill, position)
            except Exception:  # noqa: BLE001  whatever it is, it is tried again
                _log.warning("images could not get their fingerprints", exc_info=True)
                least = self.seconds
            took = time.monotonic() - began
            pause = max(took / _SHARE - took, least)
            try:
                await asyncio.wait_for(stopping.wait(), pause * random.uniform(1.0, 1.2))  # noqa: S311  not a secret
            except TimeoutError:
                continue

    def fill(self, position: AssetId) -> AssetId | None:
        """Do the next images after `position`; returns where to go on, None after the last."""
        with self.database.reading() as session:
            missing = backfill.find_missing(session, position, _AT_ONCE)
        for asset in missing:
            fingerprint = self._take(asset)
            if fingerprint is not None:
                with self.database.writing() as session:
                    backfill.add_fingerprint(session, asset, fingerprint)
        return missing[-1] if missing else None

    def _take(self, asset: AssetId) -> str | None:
        """None for an image that cannot be read. Raises ServiceUnavailable where its store does not answer."""
        try:
            return take_fingerprint(decode_pixels(self.store.get(asset), "/image", self.limits))
        except ServiceUnavailable:
            raise
        except ImgdiffError as error:
            _log.warning("%s gets no fingerprint: %s", asset, error)
            return None
