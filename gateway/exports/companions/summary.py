"""Counts the records of an export while its own files are made of them."""

import hashlib

from gateway.exports.companions.distinct import Distinct
from gateway.exports.companions.subject import Counts
from gateway.exports.splits import Split, scene_of, split_of
from imgdiff.records import Record


class Summary:
    """Counts records in 24 bytes each."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._scenes = {split: Distinct() for split in Split}
        self._images = Distinct()
        self._digest = hashlib.sha256()

    def add(self, record: Record) -> None:
        """Count one record."""
        counts = self._counts
        counts.records += 1
        self._digest.update(f"{record.id}\n".encode())
        counts.first = min(counts.first or record.created_at, record.created_at)
        counts.last = max(counts.last or record.created_at, record.created_at)
        counts.verdicts[record.verdict] += 1
        counts.changes.update(region.change for region in record.regions if region.kept)
        counts.policies[record.provenance.policy] += 1
        counts.versions[record.provenance.version] += 1
        counts.uncalibrated += record.confidence is None
        counts.reviews[record.review.state] += 1
        counts.questions += record.question is not None
        edit = record.source.edit
        counts.origins[record.source.kind if edit is None else edit.operation] += 1
        counts.regenerated += edit is not None and edit.regenerated
        split = split_of(record)
        counts.splits[split] += 1
        self._scenes[split].add(scene_of(record))
        for image in (record.image1, record.image2):
            self._images.add(image.asset)

    def finish(self) -> Counts:
        """The counts of the records so far."""
        self._counts.digest = self._digest.hexdigest()
        self._counts.scenes = {split: found.count() for split, found in self._scenes.items()}
        self._counts.images = self._images.count()
        return self._counts
