"""A record and a job in a terminal."""

import io
from datetime import UTC
from pathlib import Path

import pytest
from rich.console import Console

from imgdiff.cli.drawing.records import draw_job, draw_record, draw_synthesis, job_line
from imgdiff.jobs import Job, JobKind, JobState, Rejected
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
        "IoU above the threshold; 1 for the same two images, in either order. (record.duplicate 1, threshold" in drawn
    )
    assert "threshold 0.5, repeats rec_1) The whole images are less similar" in drawn
    assert "(pair.too_different 0.812) No place was matched" in drawn


def test_a_code_that_occurs_twice_is_one_sentence() -> None:
    drawn = _draw(*(Reason(code="edit.strange", value=value, threshold=0.04) for value in (0.0686, 1.0)))

    assert drawn.count("stands out from its surroundings") == 1
    assert "(edit.strange 0.0686, threshold 0.04; 1, threshold 0.04)\n" in drawn


def test_a_code_that_is_newer_than_the_command_is_shown_as_it_is() -> None:
    assert "reasons: pair.novel 0.3\n" in _draw(Reason(code="pair.novel", value=0.3))


def test_a_rejected_pair_says_why_in_a_sentence() -> None:
    job = Job.model_validate_json((CONTRACTS / "job.json").read_bytes())
    rejected = Rejected(index=1, reasons=(Reason(code="edit.target_not_found"),))
    shown = io.StringIO()

    draw_synthesis(job.model_copy(update={"rejected": (rejected,)}), Console(file=shown, width=200))

    assert (
        "pair 2  rejected: The object to edit was not found in the image. (edit.target_not_found)\n" in shown.getvalue()
    )


@pytest.mark.parametrize("kind", JobKind)
@pytest.mark.parametrize("state", JobState)
def test_a_line_of_a_job_fits_into_80_columns(kind: JobKind, state: JobState) -> None:
    job = Job.model_validate_json((CONTRACTS / "job.json").read_bytes())
    line = job_line(job.model_copy(update={"kind": kind, "state": state, "progress": 1.0}), 80)

    assert len(line) <= 80
    assert job.id in line
    assert job.created_at.astimezone(UTC).strftime("%m-%d %H:%M") in line


def test_a_job_shows_which_results_an_earlier_one_had_given() -> None:
    job = Job.model_validate_json((CONTRACTS / "job.json").read_bytes())
    first, second = job.stages
    shown = io.StringIO()

    draw_job(job.model_copy(update={"stages": (first.model_copy(update={"cached": 1}), second)}), Console(file=shown))

    assert "detection: succeeded, 1 attempt, 0.41 s, 1 of an earlier job\n" in shown.getvalue()
    assert "captioning: succeeded, 1 attempt, 0.55 s\n" in shown.getvalue()
