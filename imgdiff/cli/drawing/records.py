"""Jobs and records drawn in a terminal."""

from datetime import UTC

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imgdiff.jobs import Job, JobEvent, StageState
from imgdiff.records import Edit, Reason, Record, Region, Scores
from imgdiff.rules.reasons import BY_CODE


def draw_record(record: Record, console: Console) -> None:
    """Draw the verdict, the pair's caption, and a table of the kept regions."""
    console.print(Text(f"{record.verdict}: ", style="bold") + Text(record.caption or "no caption"), soft_wrap=True)
    kept = [region for region in record.regions if region.kept]
    if kept:
        console.print(_regions_table(kept))
    dropped = len(record.regions) - len(kept)
    if dropped:
        console.print(f"{dropped} further proposal{'s' if dropped > 1 else ''} dropped, with reasons in the record")
    if record.reasons:
        console.print(f"reasons: {_reasons(record.reasons)}", markup=False, soft_wrap=True)
    console.print(f"record {record.id} in dataset {record.dataset}", soft_wrap=True)


def _regions_table(regions: list[Region]) -> Table:
    table = Table("box", "change", "what changed", "difference", "scores", expand=False)
    for region in regions:
        words = region.caption or _labels(region) or "-"
        table.add_row(
            _place(region), region.change.value, Text(words), f"{region.difference:.2f}", scores_text(region.scores)
        )
    return table


def _place(region: Region) -> str:
    """The box in image1, or that in image2 where image1 has none."""
    image, box = ("", region.box) if region.box is not None else ("image 2: ", region.box2 or ())
    return image + ",".join(str(edge) for edge in box)


def _labels(region: Region) -> str:
    return " -> ".join(label or "?" for label in (region.label1, region.label2)) if region.label1 else ""


def scores_text(scores: Scores) -> str:
    """The scores that were measured, in one line."""
    named = {
        "crops": scores.crop_similarity,
        "text1": scores.text_match1,
        "text2": scores.text_match2,
        "captions": scores.caption_similarity,
    }
    return " ".join(f"{name} {value:.2f}" for name, value in named.items() if value is not None) or "-"


def _reasons(reasons: tuple[Reason, ...]) -> str:
    """A sentence for each code, however often it occurs."""
    return " ".join(
        _sentence(code, [_measured(one) for one in reasons if one.code == code])
        for code in dict.fromkeys(reason.code for reason in reasons)
    )


def _sentence(code: str, measured: list[str]) -> str:
    """What the code means, and the code with what was measured; the latter alone for codes of a newer gateway."""
    shown = " ".join([code, "; ".join(filter(None, measured))]).strip()
    known = BY_CODE.get(code)
    return f"{known.meaning} ({shown})" if known else shown


def _measured(reason: Reason) -> str:
    shown = [] if reason.value is None else [f"{reason.value:.3g}"]
    shown += [] if reason.threshold is None else [f"threshold {reason.threshold:.3g}"]
    shown += [] if reason.record is None else [f"repeats {reason.record}"]
    return ", ".join(shown)


def draw_job(job: Job, console: Console) -> None:
    """Draw the job, its stages and its results."""
    console.print(f"{job.id}  {job.kind}  {job.state}  {job.progress:.0%}", soft_wrap=True)
    console.print(f"  created: {_created(job)}")
    for stage in job.stages:
        seconds = "" if stage.seconds is None else f", {stage.seconds:.2f} s"
        attempts = f", {stage.attempts} attempt{'' if stage.attempts == 1 else 's'}"
        cached = f", {stage.cached} of an earlier job" if stage.cached else ""
        console.print(f"  {stage.name}: {stage.state}{attempts}{seconds}{cached}")
    if job.error is not None:
        console.print(f"  {job.error.title} {job.error.detail}", markup=False, soft_wrap=True)
    for rejected in job.rejected:
        console.print(
            f"pair {rejected.index + 1} was rejected: {_reasons(rejected.reasons)}", markup=False, soft_wrap=True
        )
    for record in job.records:
        draw_record(record, console)


def draw_synthesis(job: Job, console: Console) -> None:
    """Draw a line for each pair, with its edit and caption or with why it was rejected, and the number of records."""
    lines = {rejected.index: _outcome("rejected", "red", _reasons(rejected.reasons)) for rejected in job.rejected}
    for record in job.records:
        edit = record.source.edit
        done = "made" if edit is None else _edited(edit)
        lines[edit.index if edit else 0] = _outcome(done, "green", record.caption or record.verdict)
    for index in sorted(lines):
        console.print(Text(f"pair {index + 1}  ") + lines[index], soft_wrap=True)
    console.print(f"{len(job.records)} of {len(lines)} pairs became records; job {job.id}", soft_wrap=True)


def _outcome(word: str, style: str, rest: str) -> Text:
    return Text(word, style=style) + Text(f": {rest}")


def _edited(edit: Edit) -> str:
    """`remove cup`, `replace cup with dog`."""
    match edit.before, edit.after:
        case (None, after) | (after, None):
            return f"{edit.operation} {after or ''}".strip()
        case before, after if before == after:
            return f"{edit.operation} {before}"
        case before, after:
            return f"{edit.operation} {before} with {after}"


def job_line(job: Job, width: int | None = None) -> str:
    """A job in one line; where `width` characters are too few for it, the seconds and the kind's second word go."""
    line = f"{job.id}  {job.kind}  {job.state:9}  {job.progress:4.0%}  {_created(job)}"
    if width is None or len(line) <= width:
        return line
    kind, created = job.kind.partition("-")[0], job.created_at.astimezone(UTC).strftime("%m-%d %H:%MZ")
    return f"{job.id}  {kind:10}  {job.state:9}  {job.progress:4.0%}  {created}"


def _created(job: Job) -> str:
    return job.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def event_line(event: JobEvent) -> str:
    """An event in one line."""
    stages = ", ".join(f"{stage.name} {stage.state}" for stage in event.job.stages)
    return f"{event.job.state:9} {event.job.progress:4.0%}  {stages}"


def activity(job: Job) -> str:
    """What the job is doing now, in a word or two."""
    running = [stage.name.value for stage in job.stages if stage.state is StageState.RUNNING]
    lost = f", {len(job.rejected)} rejected" if job.rejected else ""
    return (" and ".join(running) or job.state.value) + lost
