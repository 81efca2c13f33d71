"""`imgdiff funnel` and the last line of `imgdiff synthesize`, on the golden funnel."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.drawing.funnels import TITLES, draw_funnel, funnel_line
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.funnel import Funnel, Step, Tries

GOLDEN = Path(__file__).parents[3] / "contracts" / "funnel.json"
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _address(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_URL", gateway.url)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def golden() -> Funnel:
    return Funnel.model_validate_json(GOLDEN.read_bytes())


def test_the_table_has_every_gate_with_its_counts_and_reasons(golden: Funnel) -> None:
    result = RUNNER.invoke(app, ["funnel", "default"])

    assert result.exit_code == ExitCode.OK
    table = result.stdout.partition("would survive")[0].partition("\nat ")[0].splitlines()
    lines = {step: line for step in Step for line in table if f" {TITLES[step]} " in line}
    assert set(Step) - set(lines) == {Step.OBJECT_MATCH, Step.TEXT_CHECK}  # no gate fired there
    for step in golden.steps[1:]:
        if step.step in lines:
            assert f" {step.pairs.left} " in lines[step.step]
    assert next(iter(golden.steps[0].pairs.dropped)) in lines[Step.EDITING]
    assert "100.0 %" not in lines[Step.RECORD]
    assert f"records: {golden.records['different']} different" in result.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal_and_cuts_no_reason_short(golden: Funnel, width: int) -> None:
    console = Console(width=width)
    with console.capture() as written:
        draw_funnel(golden.model_copy(update={"what_if": None, "sweeps": None}), console)

    table = [line for line in written.get().splitlines() if line.startswith(("│", "┃"))]
    assert max(map(len, table)) <= width
    assert all(line.endswith(("│", "┃")) for line in table)
    assert "…" not in written.get()
    codes = {code for step in golden.steps for code in (*step.pairs.dropped, *step.regions.dropped)}
    assert all(f" {code} " in "\n".join(table) for code in codes)
    assert ("█" in written.get()) == (width == 120)


def test_other_thresholds_are_shown_beside_those_in_force(gateway: Any, golden: Funnel) -> None:
    tried = ["--threshold", "region.overlap=0.5", "--threshold", "region.limit=3"]
    result = RUNNER.invoke(app, ["funnel", "default", *tried])

    assert gateway.seen[-1].url.query == "threshold=region.overlap%3A0.5&threshold=region.limit%3A3.0"
    assert golden.what_if is not None
    totals = golden.what_if.totals
    assert f"{totals.survived} of {totals.asked} would survive (now {golden.totals.survived})" in result.stdout
    assert f"{totals.unknown} cannot be known" in result.stdout
    assert "their records: 4 different, 1 same" in result.stdout
    made = f" {golden.steps[0].pairs.left + golden.given} "
    assert made in next(line for line in result.stdout.splitlines() if "pair made" in line)
    then = f" {golden.steps[0].pairs.left + golden.given} -> {golden.what_if.steps[0].pairs.left + golden.given} "
    assert any("pair made" in line and then in line for line in result.stdout.splitlines())


def test_a_report_shows_each_gate_at_several_thresholds(gateway: Any, golden: Funnel) -> None:
    result = RUNNER.invoke(app, ["funnel", "default", "--report"])

    assert gateway.seen[-1].url.query == "report=true"
    assert golden.sweeps is not None
    lines = result.stdout.splitlines()
    similar, mismatch = golden.sweeps
    assert any(line.strip() == mismatch.code for line in lines)
    for point in mismatch.points:
        assert any(f" {point.threshold:g} " in line and f" {point.survived} " in line for line in lines)
    same = golden.sweeps[0].model_copy(update={"points": [similar.points[0], similar.points[0]]})
    assert len({point.survived for point in similar.points}) > 1
    console = Console(width=100)
    with console.capture() as written:
        draw_funnel(golden.model_copy(update={"sweeps": (same,)}), console)
    assert "region.too_similar: the same at all thresholds from 0.75 to 0.75" in written.get()


def test_as_json_it_is_the_document(golden: Funnel) -> None:
    result = RUNNER.invoke(app, ["funnel", "default", "--json"])

    assert json.loads(result.stdout) == golden.model_dump(mode="json")
    assert result.stderr == ""


def test_a_threshold_without_a_number_is_a_usage_error() -> None:
    assert RUNNER.invoke(app, ["funnel", "default", "--threshold", "region.overlap"]).exit_code == ExitCode.USAGE


def test_the_line_counts_all_pairs_and_the_commonest_reasons(golden: Funnel) -> None:
    line = funnel_line(golden)

    totals = golden.totals
    made = f"{golden.made} made and {golden.given} given"
    assert line.startswith(f"{totals.asked} requested, {made}, {totals.survived} survived (")
    assert "and " in line
    assert f"{golden.tries.made - golden.totals.asked} further attempts" in line
    empty = golden.model_copy(update={"steps": (), "ordered": 0, "tries": Tries(made=golden.totals.asked)})
    assert "made" not in funnel_line(empty)
