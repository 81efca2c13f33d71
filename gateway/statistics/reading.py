"""The statistics of a dataset: from its counters, or in one pass over the records of a version or a filter."""

from gateway.statistics.counting import KINDS, RecordCount
from gateway.statistics.facts import RecordFacts
from gateway.store import records
from gateway.store.counts import counts, images
from gateway.store.database import Session
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.tenants import dataset_name
from imgdiff.statistics.documents import Statistics

_AT_ONCE = 500  # records read at a time; chosen, not measured
_DIGITS = 16  # of a digest: 64 bits tell the images of a dataset apart, and those of a million fit in memory


def read_kept(session: Session, dataset: str, top: int) -> Statistics:
    """Those of all records, from the counters and the records that these do not include yet."""
    count = RecordCount(counts.read(session, dataset, KINDS))
    for document in records.uncounted(session, dataset):
        count.add(RecordFacts.model_validate_json(document))
    return count.statistics(dataset_name(dataset), None, *images.count_different(session, dataset), top)


def read_chosen(
    session: Session, condition: RecordFilter, version: str | None, through: int | None, top: int
) -> Statistics:
    """Those of the records that meet a condition, up to the sequence `through`; reads each of them."""
    count, scenes, different = RecordCount(), set[int](), set[int]()
    position: int | None = 0
    while position is not None:
        documents, position = reading.documents(session, condition, position, _AT_ONCE, through)
        for document in documents:
            record = RecordFacts.model_validate_json(document)
            count.add(record)
            scenes.add(_number(record.scene or record.image1.asset))
            different.update((_number(record.image1.asset), _number(record.image2.asset)))
    return count.statistics(dataset_name(condition.dataset), version, len(different), len(scenes), top)


def _number(asset: str) -> int:
    return int(asset.removeprefix("sha256:")[:_DIGITS], 16)
