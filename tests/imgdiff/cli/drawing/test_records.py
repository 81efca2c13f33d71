"""A record and a job in a terminal."""

import io
from pathlib import Path

from rich.console import Console

from imgdiff.cli.drawing.records import draw_job, draw_record
from imgdiff.jobs import Job
from imgdiff.records import Reason, Record

CONTRACTS = Path(__file__).parents[3] / "contracts"
RECORD = Record.model_validate_json((CONTRACTS / "record.json").read_bytes())


def _draw(*reasons: Reason) -> str:
    shown = io.StringIO()
    draw_record(RECORD.model_copy(update={"reasons": reasons}), Console(file=shown, width=80))
    return shown.getvalue()


def test_a_reason_shows_what_was_measured_and_which_record_is_repeated() -> None:
    repeated = Reason(code="record.duplicate", value=1.0, threshold=0.5, record="rec_1")
    different = Reason(code="pair.too_different", value=0.8123)

    drawn = _draw(repeated, different, Reason(code="object.not_matched"))

    assert (
        "reasons: record.duplicate (1, threshold 0.5, repeats rec_1), pair.too_different (0.812), object.not_matched\n"
        in drawn
    )


def test_a_job_shows_which_results_an_earlier_one_had_given() -> None:
    job = Job.model_validate_json((CONTRACTS / "job.json").read_bytes())
    first, second = job.stages
    shown = io.StringIO()

    draw_job(job.model_copy(update={"stages": (first.model_copy(update={"cached": 1}), second)}), Console(file=shown))

    assert "detection: succeeded, 1 attempt, 0.41 s, 1 of an earlier job\n" in shown.getvalue()
    assert "captioning: succeeded, 1 attempt, 0.55 s\n" in shown.getvalue()
