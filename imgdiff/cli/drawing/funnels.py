"""Funnels drawn in a terminal: a line, a table with bars, and the counts at other thresholds."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imgdiff.funnel import Flow, Funnel, FunnelStep, Point, Step, Sweep, Totals
from imgdiff.records import Verdict

TITLES: Mapping[Step, str] = {
    Step.EDITING: "pair made",
    Step.IMAGE_SIMILARITY: "images similar, not equal",
    Step.EVIDENCE: "box shows a change",
    Step.BOX_SIZE: "box large enough",
    Step.OBJECT_MATCH: "box shows the object",
    Step.CROP_DIFFERENCE: "crops differ",
    Step.OVERLAP: "no overlap",
    Step.BOX_LIMIT: "among the most different",
    Step.EDIT_MATCH: "edit found, nothing else",
    Step.TEXT_MATCH: "captions match",
    Step.CAPTION_DIFFERENCE: "captions differ",
    Step.TEXT_CHECK: "sentence checked",
    Step.RECORD: "record",
}
_BAR = 16  # characters; chosen, not measured
_WIDE = 114  # columns that bars, shares of regions and the longest reason code (24) need
_NARROW_STEP = 20  # characters of a step's title where 80 columns must hold the longest reason code
_PARTS = " ▏▎▍▌▋▊▉█"
_MOST_REASONS = 3  # in one line; chosen, not measured


def funnel_line(funnel: Funnel) -> str:
    """The whole funnel in one line."""
    totals, parts = funnel.totals, []
    if funnel.ordered:
        parts.append(f"{funnel.made} made" + (f" and {funnel.given} given" if funnel.given else ""))
    parts.append(f"{totals.survived} survived ({_share(totals.survived, totals.asked)})")
    parts += [f"{count} {name}" for name, count in _waiting(totals).items() if count]
    reasons: Counter[str] = Counter()
    for step in funnel.steps:
        reasons.update(step.pairs.dropped)
    commonest = ", ".join(f"{code} {count}" for code, count in reasons.most_common(_MOST_REASONS))
    more = len(reasons) - _MOST_REASONS
    commonest += f", and {more} more" if more > 0 else ""
    again = funnel.tries.made - totals.asked
    attempts = f"; {again} further attempts" if again else ""
    return f"{totals.asked} requested, {', '.join(parts)}{f'; dropped: {commonest}' if commonest else ''}{attempts}"


def draw_funnel(funnel: Funnel, console: Console) -> None:
    """Draw the counts of every step; then, if requested, those at other thresholds, and the sweeps."""
    whose = f"dataset {funnel.dataset}" if funnel.job is None else f"{funnel.job} in dataset {funnel.dataset}"
    console.print(Text(f"{whose}: {funnel.jobs} job{'s' * (funnel.jobs != 1)}", style="bold"), soft_wrap=True)
    console.print(_steps_table(funnel, console.width >= _WIDE))
    console.print(funnel_line(funnel), markup=False, soft_wrap=True)
    _draw_rest(funnel, console)
    if funnel.what_if is not None:
        _draw_what_if(funnel, console)
    for sweep in funnel.sweeps or ():
        _draw_sweep(sweep, funnel, console)


def _draw_rest(funnel: Funnel, console: Console) -> None:
    console.print(f"records: {_verdicts(funnel.records)}; regions that survived: {funnel.regions}", soft_wrap=True)
    checks = funnel.sentences
    if checks.verified + checks.unverified + checks.repaired + checks.dropped:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in checks.model_dump().items())
        console.print(f"their sentences: {outcomes}", soft_wrap=True)
    if len(funnel.tries.needed) > 1:
        needed = ", ".join(f"{count} in {attempts}" for attempts, count in funnel.tries.needed.items())
        console.print(f"attempts until accepted: {needed}", soft_wrap=True)
    if funnel.tries.again:
        console.print(f"made again because of: {_reasons(funnel.tries.again)}", soft_wrap=True)
    if funnel.unstored:
        console.print(f"{funnel.unstored} pairs stored no dropped regions, so none are counted", soft_wrap=True)


def _steps_table(funnel: Funnel, wide: bool) -> Table:
    """The counts of every step; a narrow table leaves out the bars and the shares of regions."""
    shown = range(7) if wide else (0, 1, 3, 4, 6)
    columns = [Column("step", width=None if wide else _NARROW_STEP)]
    columns += [
        Column(name, justify="right" if name else "left") for name in ("pairs", "", "of all", "regions", "of all")
    ]
    columns += [Column("why not (noted only)", overflow="fold")]
    table = Table(*(columns[number] for number in shown))
    asked, found = funnel.totals.asked, _found(funnel.steps)
    rows: list[tuple[str | Text, ...]] = [("requested", str(asked), _bar(asked, asked), "", "", "", "")]
    for step in funnel.steps:
        if _idle(step):
            continue
        pairs, regions = step.pairs.left, step.regions.left
        given = funnel.given if step.step is Step.EDITING else 0  # clients' own pairs skip the first step
        counts = (str(pairs + given), _bar(pairs + given, asked), _share(pairs + given, asked))
        of_regions = (str(regions), _share(regions, found)) if _has_regions(step) else ("", "")
        rows.append((TITLES[step.step], *counts, *of_regions, Text(_why(step))))
    for row in rows:
        table.add_row(*(row[number] for number in shown))
    return table


def _draw_what_if(funnel: Funnel, console: Console) -> None:
    then = funnel.what_if
    assert then is not None  # noqa: S101  narrows a type
    thresholds = ", ".join(f"{code} {value:g}" for code, value in then.thresholds.items())
    table = Table(
        "step", "pairs", "unknown", "regions", "unknown", title=f"at {thresholds}", title_justify="left", expand=False
    )
    for number in range(1, 5):
        table.columns[number].justify = "right"
    for was, now in zip(funnel.steps, then.steps, strict=True):
        if _idle(was) and _idle(now):
            continue
        regions = _move(was.regions.left, now.regions.left) if _has_regions(now) else ""
        given = funnel.given if now.step is Step.EDITING else 0
        table.add_row(
            TITLES[now.step],
            _move(was.pairs.left + given, now.pairs.left + given),
            _count(now.pairs.unknown),
            regions,
            _count(now.regions.unknown),
        )
    console.print(table)
    totals = then.totals
    console.print(
        f"{totals.survived} of {totals.asked} would survive (now {funnel.totals.survived}), "
        f"{totals.dropped} would not, {totals.unknown} cannot be known from stored scores",
        soft_wrap=True,
    )
    console.print(f"their records: {_verdicts(then.records)}", soft_wrap=True)
    if then.retried:
        console.print(f"{then.retried} that survive now would be made again, with an unknown result", soft_wrap=True)


def _verdicts(records: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in records.items()) or "none"


def _draw_sweep(sweep: Sweep, funnel: Funnel, console: Console) -> None:
    """Draw a table, or a line where no threshold changes anything."""
    if len({(point.survived, point.unknown, point.regions) for point in sweep.points}) > 1:
        console.print(_sweep_table(sweep, funnel))
        return
    now = next((f", now {point.threshold:g}" for point in sweep.points if point.current), "")
    span = f"{sweep.points[0].threshold:g} to {sweep.points[-1].threshold:g}{now}"
    console.print(f"{sweep.code}: the same at all thresholds from {span}", soft_wrap=True)


def _sweep_table(sweep: Sweep, funnel: Funnel) -> Table:
    asked = funnel.totals.asked
    table = Table(
        "threshold", "", "survive", "", "of all", "unknown", "regions", title=sweep.code, title_justify="left"
    )
    for number in (0, 2, 4, 5, 6):
        table.columns[number].justify = "right"
    for point in sweep.points:
        style = "bold" if point.current else ""
        table.add_row(
            f"{point.threshold:g}",
            _marks(point),
            str(point.survived),
            _bar(point.survived, asked),
            _share(point.survived, asked),
            _count(point.unknown),
            str(point.regions),
            style=style,
        )
    return table


def _marks(point: Point) -> str:
    return " ".join(name for name, holds in (("now", point.current), ("paper", point.paper)) if holds)


def _idle(step: FunnelStep) -> bool:
    """Whether an optional step dropped and noted nothing, and so is left out."""
    quiet = step.step in {Step.OBJECT_MATCH, Step.TEXT_CHECK, Step.EDITING}
    return quiet and not (_why(step) or (step.step is Step.EDITING and step.pairs.entered))


def _has_regions(step: FunnelStep) -> bool:
    return step.step not in {Step.EDITING, Step.IMAGE_SIMILARITY}


def _found(steps: tuple[FunnelStep, ...]) -> int:
    return next(step.regions.entered for step in steps if step.step is Step.EVIDENCE)


def _why(step: FunnelStep) -> str:
    """Why regions and pairs ended here; a code that ended both counts once, as the pair's."""
    parts = [_reasons({**step.regions.dropped, **step.pairs.dropped}), *_waits(step.pairs)]
    noted = Counter(step.pairs.noted) + Counter(step.regions.noted)
    parts.append(f"({_reasons(noted)})" if noted else "")
    return ", ".join(part for part in parts if part)


def _waits(flow: Flow) -> list[str]:
    states = {"open": flow.open, "failed": flow.failed, "cancelled": flow.cancelled, "unknown": flow.unknown}
    return [f"{count} {name}" for name, count in states.items() if count]


def _waiting(totals: Totals) -> dict[str, int]:
    return {"dropped": totals.dropped, "open": totals.open, "failed": totals.failed, "cancelled": totals.cancelled}


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in Counter(counts).most_common())


def _move(was: int, now: int) -> str:
    return str(now) if was == now else f"{was} -> {now}"


def _count(number: int) -> str:
    return str(number) if number else ""


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _bar(part: int, whole: int) -> str:
    eighths = round(8 * _BAR * part / whole) if whole else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_PARTS[rest] if rest else "")).ljust(_BAR)
