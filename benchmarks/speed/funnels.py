"""What funnels and statistics cost: seconds over made-up pairs with results of real size.

A funnel from all stored results, at another threshold and as a report, then the counters: adding pairs, and reading.
Fills an empty database (SQLite in a temporary folder unless --database names another; one that was filled before is
used as it is) and prints command and machine.
"""

import argparse
import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text, update
from sqlalchemy.orm import Session

from benchmarks.machine import header
from gateway.counts.keeper import Keeper
from gateway.funnel.counting import Scope, funnel, recount
from gateway.funnel.ended import EndedJobs
from gateway.pipeline.stage_table import StoredEditing, StoredPair
from gateway.statistics.reading import read_chosen, read_kept
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.finding.filters import RecordFilter
from gateway.store.migration import migrate
from gateway.store.tables import AssetRow, JobRow, PairRow, RecordRow, StageRow
from gateway.store.values import JobRequest
from imgdiff.boxes import area
from imgdiff.evidence import Check, Outcome, Word, WordSource
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Box, Change, Edit, EditScores, Mask, Operation, Policy, Reason, Scores, Verdict
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion, Detection
from imgdiff.whole_pair import Alignment

DATASET, JOB_PAIRS, WIDTH, HEIGHT, VARIANTS = "big", 50, 640, 480, 200
_ASSET = "sha256:" + "a" * 64
_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_LIMITS = {
    "pair.too_different": 0.75,
    "pair.too_similar": 0.99,
    "region.no_evidence": 0.5,
    "region.too_similar": 0.85,
    "region.too_small": 0.0025,
    "region.overlap": 0.5,
    "region.limit": 5.0,
}
_CAPTION_LIMITS = {"caption.mismatch": 0.25, "caption.too_similar": 0.85}
_DROPS = ("region.no_evidence", "region.too_similar", "region.overlap")
GOLDEN = Path(__file__).parents[2] / "tests" / "contracts" / "record.json"
MADE = 2_000  # pairs that are made; more are copies of all of these
LABELS = 2_000  # nouns of the regions, of which some are frequent
Results = dict[str, dict[str, object]]


def _box(drawn: random.Random) -> Box:
    x, y = drawn.randrange(WIDTH - 200), drawn.randrange(HEIGHT - 200)
    return x, y, x + drawn.randint(10, 200), y + drawn.randint(10, 200)


def _region(drawn: random.Random, number: int, kept: bool) -> DetectedRegion:
    code = drawn.choice(_DROPS)
    value = drawn.random()
    box = _box(drawn)
    scores = RegionScores(
        number=number,
        box=box,
        share=area(box) / (WIDTH * HEIGHT),
        evidence=drawn.random(),
        similarity=round(0.6 + 0.4 * drawn.random(), 4),
        difference=drawn.random(),
    )
    return DetectedRegion(
        box=box,
        mask=Mask(size=(HEIGHT, WIDTH), counts="aB3d" * 150) if kept else None,
        difference=round(scores.difference, 6),
        crop_similarity=scores.similarity,
        confidence=round(scores.evidence, 4),
        kept=kept,
        reasons=() if kept else (Reason(code=code, value=value, threshold=_LIMITS[code]),),
        scores=scores,
    )


def _captioned(drawn: random.Random, region: DetectedRegion) -> CaptionedRegion:
    if not region.kept:
        return CaptionedRegion(change=Change.CHANGED, kept=False, reasons=region.reasons)
    words = tuple(Word(text=one, image=1, source=WordSource.DETECTOR, score=0.8) for one in ("red", "cup", "table") * 2)
    matches = [round(0.2 + 0.4 * drawn.random(), 4) for _ in range(2)]
    return CaptionedRegion(
        change=Change.REMOVED,
        label1="cup",
        label2="table",
        caption1="a red cup",
        caption2="a table",
        caption="The red cup on the table in the lower left is gone.",
        words=words,
        check=Check(outcome=Outcome.VERIFIED),
        kept=True,
        scores=Scores(text_match1=matches[0], text_match2=matches[1], caption_similarity=round(drawn.random(), 4)),
    )


def _results(seed: int) -> Results:
    """What the three stages of one pair store: one to twenty regions, up to five of them kept."""
    drawn = random.Random(seed)  # noqa: S311  for scores, not for secrets
    regions = tuple(_region(drawn, number, number < 5) for number in range(drawn.choice([1, 2, 5, 10, 20])))
    scores = EditScores(
        outside_psnr=30 + 30 * drawn.random(), outside_perceptual=0.1 * drawn.random(), found=0.8, elsewhere=0
    )
    edit = Edit(operation=Operation.REMOVE, box=_box(drawn), before="cup", seed=seed, scores=scores)
    pair = StoredPair(image1=None, image2=_ASSET, caption1=None, caption2=None, edit=edit)
    alignment = Alignment(applied=False, model="identity", matrix=_IDENTITY, score=1.0)
    stages = {
        "editing": StoredEditing(seconds=1, pair=pair),
        "detection": Detection(
            seconds=1,
            alignment=alignment,
            similarity=round(0.75 + 0.25 * drawn.random(), 4),
            confidence=0.9,
            verdict=Verdict.DIFFERENT,
            regions=regions,
            parameters=_LIMITS,
            method=Method.COMPARISON,
        ),
        "captioning": Captioning(
            seconds=1,
            regions=tuple(_captioned(drawn, one) for one in regions),
            caption="The cup is gone.",
            parameters=_CAPTION_LIMITS,
        ),
    }
    return {name: result.model_dump(mode="json") for name, result in stages.items()}


def _fill(database: Database, pairs: int) -> None:
    now, drawn = datetime.now(UTC), random.Random(1)  # noqa: S311  for scores, not for secrets
    variants = [_results(seed) for seed in range(VARIANTS)]
    fields = SynthesisFields(operation=Operation.REMOVE, count=JOB_PAIRS, seed=1)
    options = Options(dataset=DATASET).settled(Policy.CURATE)
    request = JobRequest(kind=JobKind.SYNTHESIS, options=options, image=_ASSET, fields=fields).model_dump(mode="json")
    with database.writing() as session:
        datasets.ensure(session, DATASET)
        session.add(AssetRow(id=_ASSET, width=WIDTH, height=HEIGHT, media_type="image/png", size=1, created_at=now))
    for _ in range(pairs // JOB_PAIRS):
        job = f"job_{uuid.uuid4().hex}"
        with database.writing() as session:
            row = {"id": job, "kind": "synthesis", "state": "succeeded", "dataset": DATASET, "request": request}
            session.execute(insert(JobRow), [{**row, "created_at": now, "finished_at": now}])
            for number in range(JOB_PAIRS):
                _add(session, job, number, drawn.choice(variants), refused=drawn.random() < 0.4)


def _add(session: Session, job: str, number: int, results: Results, *, refused: bool) -> None:
    """One pair, accepted or refused after detection."""
    now, made = datetime.now(UTC), results["editing"]["pair"]
    edit = made["edit"] if isinstance(made, dict) else None
    why = [Reason(code="edit.outside_changed", value=35.0, threshold=40.0).model_dump(mode="json")] if refused else None
    tries = [{"round": 0, "stage": "detection", "reasons": why, "edit": edit}] if refused else None
    images = {"image1": _ASSET, "image2": _ASSET}
    pair = {"job_id": job, "pair": number, **images, "edit": edit, "tries": tries, "reasons": why, "round": 0}
    session.execute(insert(PairRow), [pair])
    stages = list(results)[: 2 if refused else 3]
    row = {"job_id": job, "pair": number, "round": 0, "state": "succeeded", "due_at": now}
    session.execute(
        insert(StageRow),
        [{**row, "id": f"stg_{uuid.uuid4().hex}", "name": name, "result": results[name]} for name in stages],
    )
    if not refused:
        record = {"id": f"rec_{uuid.uuid4().hex}", "job_id": job, "pair": number, "dataset": DATASET}
        document = _document(random.Random(f"{job} {number}"))  # noqa: S311  for names, not for secrets
        rest = {"verdict": "different", "created_at": now, "document": json.dumps(document)}
        session.execute(insert(RecordRow), [record | rest])


def _copy(connection: Connection, number: int, last: int) -> None:
    """Once more all jobs up to the sequence `last`, with other ids."""
    new = f"substr({{0}}, 1, 4) || 'x{number:03}' || substr({{0}}, 9)"
    job = new.format("job_id")
    of_jobs = f"job_id IN (SELECT id FROM jobs WHERE sequence <= {last})"  # noqa: S608
    for statement in (
        f"""INSERT INTO jobs (id, kind, state, dataset, request, created_at, finished_at)
            SELECT {new.format("id")}, kind, state, dataset, request, created_at, finished_at FROM jobs
            WHERE sequence <= {last}""",  # noqa: S608  constants of this file, as below
        f"""INSERT INTO pairs (job_id, pair, image1, image2, edit, tries, reasons, round)
            SELECT {job}, pair, image1, image2, edit, tries, reasons, round FROM pairs WHERE {of_jobs}""",  # noqa: S608
        f"""INSERT INTO stages (id, job_id, pair, round, name, state, due_at, attempts, deferrals, result)
            SELECT {new.format("id")}, {job}, pair, round, name, state, due_at, attempts, deferrals, result FROM stages
            WHERE {of_jobs}""",  # noqa: S608
        f"""INSERT INTO records (id, job_id, pair, dataset, verdict, created_at, document)
            SELECT {new.format("id")}, {job}, pair, dataset, verdict, created_at, document FROM records
            WHERE {of_jobs}""",  # noqa: S608
    ):
        connection.execute(text(statement))


def _document(drawn: random.Random) -> dict[str, Any]:
    """The golden record with other names."""
    document: dict[str, Any] = json.loads(GOLDEN.read_text())
    for region in document["regions"]:
        region["label1"], region["label2"] = (f"thing {int(drawn.paretovariate(0.5)) % LABELS}" for _ in range(2))
    return document


def _timed(what: str, pairs: int, work: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{what:32} {wall:8.2f} s, of the processor {processor:8.2f} s, {1000 * processor / pairs:6.3f} ms a pair")


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--database", help="URL of a database that is empty, or was filled by this command")
    parser.add_argument("--only", help="measure only what has this in its name")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.funnels")))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(arguments.database or f"sqlite:///{folder}/funnel.db")
        migrate(database)
        with database.writing() as session:
            filled = bool(datasets.after(session, "", 1))
            session.execute(update(PairRow).values(counted=False))
        if not filled:
            _fill(database, min(arguments.pairs, MADE))
            for number in range(1, arguments.pairs // MADE):
                with database.writing_connection() as connection:
                    _copy(connection, number, MADE // JOB_PAIRS)
        for what, work in _works(database).items():
            if arguments.only is None or arguments.only in what:
                _timed(what, arguments.pairs, work)
        database.close()


def _works(database: Database) -> dict[str, Callable[[], object]]:
    def counted(thresholds: dict[str, float], *, report: bool = False) -> object:
        with database.reading() as session:
            return recount(session, Scope(DATASET), thresholds, report=report)

    def keep_all() -> None:
        keeper = Keeper(database, 1.0)
        while keeper.keep():
            pass

    def kept() -> object:
        with database.reading() as session:
            return funnel(session, Scope(DATASET), {})

    def statistics(*, filtered: bool) -> object:
        with database.reading() as session:
            if filtered:
                return read_chosen(session, RecordFilter(DATASET, verdict=Verdict.DIFFERENT), None, None, 20)
            return read_kept(session, DATASET, 20)

    ended = EndedJobs()
    return {
        "funnel from all results": lambda: counted({}),
        "funnel at another threshold": lambda: counted({"region.too_similar": 0.9}),
        "report": lambda: counted({}, report=True),
        "first scrape of /metrics": lambda: list(ended.collect(database)),
        "second scrape": lambda: list(ended.collect(database)),
        "counters: adding all pairs": keep_all,
        "counters: funnel": kept,
        "counters: statistics": lambda: statistics(filtered=False),
        "statistics of a filter": lambda: statistics(filtered=True),
    }


if __name__ == "__main__":
    main()
