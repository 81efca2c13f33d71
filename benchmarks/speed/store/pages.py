"""What a page of a large dataset costs: milliseconds for pages at random places, by filter, and for the dataset itself.

Fills an empty database (SQLite in a temporary folder unless --database names another; one that was filled before is
used as it is) and prints command and machine. Times are those of the gateway: queries and JSON, without HTTP.
"""

import argparse
import gc
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text

from benchmarks.machine import header
from gateway.http.replies import to_page
from gateway.pipeline.job_view import views
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.jobs import jobs
from gateway.store.migration import migrate
from gateway.store.retention.versions import Digest
from gateway.store.tables import DatasetRow
from gateway.store.values import JobRequest
from imgdiff.frozen import shape_of
from imgdiff.jobs import JobKind, JobPage, StageName
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Change, Operation, Policy, Record, Verdict

DATASET, JOB_PAIRS, AT_ONCE, LABELS = "big", 10, 50_000, 100
RARE = 1_000  # one record in so many has the verdict `same`, one the label `rarity`, others a high confidence
GOLDEN = Path(__file__).parents[3] / "tests" / "contracts" / "record.json"

# Rows numbered from :first to :last, in the SQL of both databases; an id ends in 32 digits.
_NUMBERS = """WITH RECURSIVE numbers(n) AS
(SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) INSERT INTO"""
_DIGITS = f"substr('{'0' * 32}' || {{0}}, length(CAST({{0}} AS TEXT)) + 1)"
_ID, _JOB = "'rec_' || " + _DIGITS.format("n"), "'job_' || " + _DIGITS.format(f"((n - 1) / {JOB_PAIRS})")
_FIRST_PAIR = f"n % {JOB_PAIRS} = 1"
_VERDICT = f"CASE WHEN n % {RARE} = {RARE // 2} THEN 'same' ELSE 'different' END"
_CONFIDENCE = f"CASE WHEN n % {RARE} = 0 THEN 0.95 ELSE 0.9 * (n * 7919 % 1000) / 1000 END"
_CHANGES = " ".join(f"WHEN {number} THEN '{change}'" for number, change in enumerate(Change))
_CHANGE = f"CASE n * 7919 / 10 % {len(Change)} {_CHANGES} END"
_LABELS = (f"CASE WHEN n % {RARE} = 0 THEN 'rarity' ELSE 'thing ' || (n % {LABELS}) END", "'table'")


def _fill(database: Database, count: int) -> None:
    same = count // RARE
    with database.writing() as session:
        verdicts = {"different": count - same, "same": same}
        session.add(DatasetRow(name=DATASET, created_at=datetime.now(UTC), verdicts=verdicts))
    for first in range(1, count + 1, AT_ONCE):
        rows = {"first": first, "last": min(first + AT_ONCE - 1, count), "dataset": DATASET, **_documents()}
        with database.writing_connection() as connection:
            for statement in _statements(is_sqlite=database.is_sqlite):
                named = {name: value for name, value in rows.items() if f":{name}" in statement}
                connection.execute(text(statement), named)
    with database.writing_connection() as connection:
        connection.execute(text("ANALYZE"))


def _documents() -> dict[str, str]:
    """A request of ten edits, and the golden record with marks where each record has its own text."""
    fields = SynthesisFields(operation=Operation.REMOVE, count=JOB_PAIRS, seed=1)
    options = Options(dataset=DATASET).settled(Policy.CURATE)
    golden = Record.model_validate_json(GOLDEN.read_text())
    marked = golden.model_copy(update={"id": "@id", "job": "@job", "verdict": "@verdict", "dataset": DATASET})
    with warnings.catch_warnings(action="ignore"):  # that the mark is no verdict
        document = marked.model_dump_json()
    return {
        "request": JobRequest(kind=JobKind.SYNTHESIS, options=options, fields=fields).model_dump_json(),
        "document": document,
        "shape": shape_of(Record),
        "now": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
    }


def _statements(*, is_sqlite: bool) -> Iterator[str]:
    """Jobs of ten pairs, of which the first has stages, and each pair's record with two labels."""
    json, now = ("{}", ":now") if is_sqlite else ("CAST({} AS JSON)", "CAST(:now AS TIMESTAMP WITH TIME ZONE)")
    request = json.format(":request")
    yield f"""{_NUMBERS} jobs (id, kind, state, dataset, request, created_at, started_at, finished_at)
        SELECT {_JOB}, 'synthesis', 'succeeded', :dataset, {request}, {now}, {now}, {now} FROM numbers
        WHERE {_FIRST_PAIR}"""  # noqa: S608  constants of this file, as below
    yield f"""{_NUMBERS} pairs (job_id, pair, round) SELECT {_JOB}, (n - 1) % {JOB_PAIRS}, 0 FROM numbers"""  # noqa: S608
    for stage in StageName:
        yield f"""{_NUMBERS} stages (id, job_id, pair, round, name, state, due_at, attempts, deferrals, seconds)
            SELECT '{stage}_' || n, {_JOB}, 0, 0, '{stage}', 'succeeded', {now}, 1, 0, 0.5 FROM numbers
            WHERE {_FIRST_PAIR}"""  # noqa: S608
    document = f"replace(replace(replace(:document, '@id', {_ID}), '@job', {_JOB}), '@verdict', {_VERDICT})"
    yield f"""{_NUMBERS} records
        (sequence, id, job_id, pair, dataset, verdict, confidence, similarity, created_at, shape, document)
        SELECT n, {_ID}, {_JOB}, (n - 1) % {JOB_PAIRS}, :dataset, {_VERDICT}, {_CONFIDENCE}, 0.5, {now}, :shape,
        {json.format(document)} FROM numbers"""  # noqa: S608
    for label in _LABELS:
        yield f"""{_NUMBERS} regions (sequence, dataset, change, label)
            SELECT n, :dataset, {_CHANGE}, {label} FROM numbers"""  # noqa: S608


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
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    parser.add_argument("--database", help="URL of a database that is empty, or was filled by this command")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.store.pages")), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(arguments.database or f"sqlite:///{folder}/pages.db")
        migrate(database)
        began = time.perf_counter()
        with database.reading() as session:
            filled = bool(datasets.after(session, "", 1))
        if not filled:
            _fill(database, arguments.records)
            print(f"{arguments.records} records filled in {time.perf_counter() - began:.0f} s", flush=True)
        drawn = random.Random(2)  # noqa: S311  for places, not for secrets
        starts = [0, *(drawn.randrange(arguments.records) for _ in range(arguments.pages - 1))]
        gc.collect()
        gc.freeze()  # as the gateway's process does
        _measure_all(database, starts, arguments.only)
        database.close()


def _measure_all(database: Database, starts: list[int], only: str) -> None:
    def read_records(condition: RecordFilter, size: int, start: int) -> int:
        with database.reading() as session:
            datasets.require(session, DATASET)
            found, _ = reading.texts(session, condition, start, size)
        to_page("records", found, None, {})
        return len(found)

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

    works: dict[str, Callable[[int], int]] = {
        f"{size} records: {name}": partial(read_records, condition, size)
        for size in (50, 200)
        for name, condition in _filters()
    }
    works |= {"200 jobs": read_jobs, "datasets with their counts": describe, "digest of a version": digest}
    for what, act in works.items():
        if only in what:
            _measure(what, act, starts[:2] if act is digest else starts)


if __name__ == "__main__":
    main()
