"""What a page of a large dataset costs: milliseconds for pages at random places, by filter, and for the dataset itself.

Fills an empty database (SQLite in a temporary folder unless --database names another) and prints command and machine.
Times are those of the gateway's own work, queries and JSON, without HTTP.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from benchmarks.machine import header
from gateway.pipeline.job_view import views
from gateway.store import datasets, jobs, records
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.records import RecordFilter
from gateway.store.retention.versions import Digest
from gateway.store.tables import DatasetRow, JobRow, PairRow, RecordRow, RegionRow, StageRow
from gateway.store.values import JobRequest
from imgdiff.datasets import RecordPage
from imgdiff.jobs import JobKind, JobPage
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Change, Operation, Policy, Verdict

DATASET, JOB_PAIRS, AT_ONCE, LABELS = "big", 10, 5_000, 100
RARE = 1_000  # one record in so many has the verdict `same`, one the label `rarity`, others a high confidence
GOLDEN = Path(__file__).parents[3] / "tests" / "contracts" / "record.json"
Rows = dict[str, list[dict[str, Any]]]


def _fill(database: Database, count: int) -> None:
    now, golden = datetime.now(UTC), json.loads(GOLDEN.read_text())
    fields = SynthesisFields(operation=Operation.REMOVE, count=JOB_PAIRS, seed=1)
    options = Options(dataset=DATASET).settled(Policy.CURATE)
    request = JobRequest(kind=JobKind.SYNTHESIS, options=options, fields=fields).model_dump(mode="json")
    same = count // RARE
    with database.writing() as session:
        verdicts = {"different": count - same, "same": same}
        session.add(DatasetRow(name=DATASET, created_at=now, verdicts=verdicts))
    drawn = random.Random(1)  # noqa: S311  for scores, not for secrets
    for first in range(1, count + 1, AT_ONCE):
        rows: Rows = {"jobs": [], "pairs": [], "stages": [], "records": [], "regions": []}
        for number in range(first, min(first + AT_ONCE, count + 1)):
            _add(rows, number, golden, request, now, drawn)
        with database.writing() as session:
            for table in (JobRow, PairRow, StageRow, RecordRow, RegionRow):
                session.execute(insert(table), rows[table.__tablename__])
    with database.writing_connection() as connection:
        connection.execute(text("ANALYZE"))


def _add(
    rows: Rows, number: int, golden: dict[str, Any], request: dict[str, Any], now: datetime, drawn: random.Random
) -> None:
    """One record; every tenth begins a job, whose first pair has stages."""
    job, pair = f"job_{(number - 1) // JOB_PAIRS:032x}", (number - 1) % JOB_PAIRS
    if pair == 0:
        times = dict.fromkeys(("created_at", "started_at", "finished_at"), now)
        row = {"id": job, "kind": "synthesis", "state": "succeeded", "dataset": DATASET, "request": request}
        rows["jobs"].append(row | times)
        stage = {"job_id": job, "pair": 0, "round": 0, "state": "succeeded", "due_at": now, "attempts": 1}
        rows["stages"] += [
            {**stage, "id": f"stg_{uuid.uuid4().hex}", "name": name} for name in ("editing", "detection", "captioning")
        ]
    rows["pairs"].append({"job_id": job, "pair": pair, "round": 0})
    rare = number % RARE == 0
    scores = {"confidence": 0.95 if rare else 0.9 * drawn.random(), "similarity": drawn.random()}
    verdict = "same" if number % RARE == RARE // 2 else "different"
    document = {**golden, **scores, "id": f"rec_{uuid.uuid4().hex}", "job": job, "dataset": DATASET, "verdict": verdict}
    row = {"sequence": number, "id": document["id"], "job_id": job, "pair": pair, "dataset": DATASET}
    rows["records"].append({**row, **scores, "verdict": verdict, "created_at": now, "document": document})
    labels = ["rarity" if rare else f"thing {number % LABELS}", "table"]
    region = {"sequence": number, "dataset": DATASET, "change": drawn.choice(list(Change)).value}
    rows["regions"] += [{**region, "label": label} for label in labels]


def _measure(what: str, act: Callable[[int], int], starts: list[int]) -> None:
    milliseconds, items, processor = [], 0, time.process_time()
    for start in starts:
        began = time.perf_counter()
        items += act(start)
        milliseconds.append(1000 * (time.perf_counter() - began))
    processor = 1000 * (time.process_time() - processor) / len(starts)
    cuts = statistics.quantiles(milliseconds, n=20)
    figures = f"p50 {statistics.median(milliseconds):7.1f}  p95 {cuts[18]:7.1f}  max {max(milliseconds):7.1f} ms"
    print(f"{what:44} {figures}, of the processor {processor:6.1f}  {items / len(starts):6.1f} items", flush=True)


def _filters() -> Iterator[tuple[str, RecordFilter]]:
    yield "all", RecordFilter(DATASET)
    yield "verdict, 1 in 1000", RecordFilter(DATASET, verdict=Verdict.SAME)
    yield "change, 1 in 6", RecordFilter(DATASET, change=Change.REMOVED)
    yield "label, all records", RecordFilter(DATASET, label="table")
    yield "label, 1 in 1000", RecordFilter(DATASET, label="rarity")
    yield "label and change", RecordFilter(DATASET, label="thing 7", change=Change.REMOVED)
    yield "confidence, 1 in 1000", RecordFilter(DATASET, min_confidence=0.94)
    yield "label of all, with verdict, 1 in 1000", RecordFilter(DATASET, label="table", verdict=Verdict.SAME)


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=100, help="pages that each line measures")
    parser.add_argument("--database", help="URL of an empty database")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.store.pages")), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(arguments.database or f"sqlite:///{folder}/pages.db")
        migrate(database)
        began = time.perf_counter()
        _fill(database, arguments.records)
        print(f"{arguments.records} records filled in {time.perf_counter() - began:.0f} s", flush=True)
        drawn = random.Random(2)  # noqa: S311  for places, not for secrets
        starts = [0, *(drawn.randrange(arguments.records) for _ in range(arguments.pages - 1))]
        _measure_all(database, starts)
        database.close()


def _measure_all(database: Database, starts: list[int]) -> None:
    def read_records(condition: RecordFilter, size: int, start: int) -> int:
        with database.reading() as session:
            datasets.require(session, DATASET)
            found = records.after(session, condition, start, size)
        RecordPage(records=found.records).model_dump_json()
        return len(found.records)

    def read_jobs(start: int) -> int:
        with database.reading() as session:
            page = JobPage(jobs=views(session, jobs.before(session, start // JOB_PAIRS + 2, 200, None)))
        page.model_dump_json()
        return len(page.jobs)

    def describe(_: int) -> int:
        with database.reading() as session:
            return len(datasets.after(session, "", 50))

    def digest(_: int) -> int:
        with database.reading() as session:
            Digest(session, DATASET)
        return 1

    for size in (50, 200):
        for name, condition in _filters():
            _measure(f"{size} records: {name}", partial(read_records, condition, size), starts)
    _measure("200 jobs", read_jobs, starts)
    _measure("datasets with their counts", describe, starts)
    _measure("digest of a version", digest, [0, 0])


if __name__ == "__main__":
    main()
