"""What a tool answers: short text for a model to read, and the pictures; the whole record is one call further."""

from imgdiff.jobs import Job
from imgdiff.records import Reason, Record, Region


def describe_record(record: Record) -> str:
    """A record in lines: verdict, caption, kept regions with their boxes, and why gates fired."""
    sure = "" if record.confidence is None else f" (confidence {record.confidence:.2f})"
    lines = [f"record: {record.id}", f"verdict: {record.verdict.value}{sure}", f"caption: {record.caption or 'none'}"]
    kept = [region for region in record.regions if region.kept]
    lines += [_describe_region(number, region) for number, region in enumerate(kept, start=1)]
    lines += [f"whole picture: {change.text}" for change in record.pair_changes]
    lines += [f"reasons: {_codes(record.reasons)}"] if record.reasons else []
    return "\n".join(lines)


def describe_job(job: Job) -> str:
    """A job in lines: its state, its records, and the pairs that were rejected."""
    lines = [f"job: {job.id}", f"state: {job.state.value}, {job.progress:.0%} done"]
    if not job.final:
        lines.append("Call read_job with this id to see how it goes on.")
    if job.error is not None:
        lines.append(f"error: {job.error.detail}")
    lines += [f"pair {pair.index} rejected: {_codes(pair.reasons)}" for pair in job.rejected]
    return "\n\n".join(["\n".join(lines), *map(describe_record, job.records)])


def _describe_region(number: int, region: Region) -> str:
    sure = "" if region.confidence is None else f", confidence {region.confidence:.2f}"
    box, box2 = (list(place) if place else "none" for place in (region.box, region.box2))
    place = f"box [x1, y1, x2, y2] in image1 {box}, in image2 {box2}"
    return f"region {number}: {region.change.value}, {region.caption or 'no caption'} {place}{sure}"


def _codes(reasons: tuple[Reason, ...]) -> str:
    return ", ".join(reason.code for reason in reasons)
