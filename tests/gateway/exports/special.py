"""Datasets that break careless formats: records of version 1, bare ones, 16-bit grey, and texts that come late."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.images import Pixels
from imgdiff.records import Provenance, Record, RecordImage, Verdict
from tests.gateway.exports.dataset import SmallDataset, draw_image, open_source, store_image

_OLD = Path(__file__).parents[2] / "contracts" / "record_v1.json"


class Special:
    """Stores datasets of special records."""

    def __init__(
        self, database: Database, store: AssetStore, record: Record, store_record: Callable[[Database, Record], Record]
    ) -> None:
        self._database, self._store = database, store
        self._record, self._store_record = record, store_record
        self.images = [self._add(draw_image(64, 48, seed)) for seed in (10, 11)]

    def mixed(self) -> SmallDataset:
        """A record of version 1, a bare one, and one of 16-bit grey."""
        ramp = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 20
        grey = self._add(ramp)
        old = Record.model_validate_json(_OLD.read_text())
        return self._keep("mixed", [_put(old, *self.images), self._bare(), _put(self._record, grey, grey)])

    def bare(self) -> SmallDataset:
        """One record without anything that may be missing."""
        return self._keep("bare", [self._bare()])

    def late(self) -> SmallDataset:
        """More than 11 MB of rows: what may be missing is, until the last records."""
        long = {"note": "x" * 120_000}
        bare = self._bare().model_copy(update={"metadata": long})
        full = _put(self._record, *self.images).model_copy(update={"metadata": long})
        return self._keep("late", [bare] * 95 + [full] * 5)

    def _bare(self) -> Record:
        provenance = Provenance(version="0.1.0", policy=self._record.provenance.policy)
        nothing = dict.fromkeys(("caption", "confidence", "similarity", "metadata", "question"))
        empty = dict.fromkeys(("regions", "reasons", "pair_changes"), ())
        update = {**nothing, **empty, "verdict": Verdict.UNDETERMINED, "provenance": provenance}
        return _put(self._record, *reversed(self.images)).model_copy(update=update)

    def _add(self, pixels: Pixels) -> RecordImage:
        return store_image(self._database, self._store, pixels)

    def _keep(self, name: str, records: list[Record]) -> SmallDataset:
        kept = [self._store_record(self._database, one.model_copy(update={"dataset": name})) for one in records]
        return SmallDataset(kept, open_source(self._database, self._store, name))


def _put(record: Record, image1: RecordImage, image2: RecordImage) -> Record:
    return record.model_copy(update={"image1": image1, "image2": image2})
