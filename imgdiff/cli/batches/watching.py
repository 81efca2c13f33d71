"""A batch followed until it ends: counts, rate, time left, and the funnel of its dataset."""

import time
from collections import deque

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from imgdiff.batches.documents import Batch, BatchCounts
from imgdiff.cli.drawing.funnels import funnel_line
from imgdiff.cli.output import Output
from imgdiff.client import Client
from imgdiff.errors import ImgdiffError

_LOOK_SECONDS = 1.0  # between two looks at the batch; chosen, not measured
_FUNNEL_LOOKS = 10  # looks between two counts of the funnel, which cost the gateway more; chosen, not measured
_NOTE_SECONDS = 30.0  # between two lines where there is no terminal; chosen, not measured
_RATE_SECONDS = 60.0  # over which the rate is measured; chosen, not measured


class Rate:
    """Lines a second over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, at: float, ended: int) -> None:
        """Note how many lines had ended at a time in seconds."""
        self._seen.append((at, ended))
        while len(self._seen) > 2 and self._seen[1][0] <= at - _RATE_SECONDS:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """0 until something has ended."""
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return (now - before) / (last - first) if last > first else 0.0


def watch(client: Client, output: Output, batch: Batch, dataset: str | None) -> Batch:
    """The batch when nothing of it will change; it goes on at the gateway if this is interrupted."""
    rate, funnel, looks, noted = Rate(), "", 0, time.monotonic()
    shown = output.notes if output.notes.is_terminal and not output.as_json else Console(quiet=True)
    with Live(console=shown, transient=True, auto_refresh=False) as live:
        while not batch.final:
            now = time.monotonic()
            rate.add(now, _ended(batch.counts))
            if looks % _FUNNEL_LOOKS == 0 and dataset is not None and not shown.quiet:
                funnel = _funnel(client, dataset)
            live.update(draw(batch, rate.per_second, funnel), refresh=True)
            if shown.quiet and not output.as_json and now - noted > _NOTE_SECONDS:
                noted = now
                output.note(describe(batch.counts, rate.per_second))
            time.sleep(_LOOK_SECONDS)
            looks += 1
            batch = client.batches.get(batch.id)
    return batch


def describe(counts: BatchCounts, per_second: float) -> str:
    """Counts, rate and time left in one line."""
    parts = [f"{_ended(counts)} of {counts.total} lines ended"]
    named = {"failed": counts.failed, "rejected": counts.rejected, "cancelled": counts.cancelled}
    parts += [f"{count} {name}" for name, count in named.items() if count]
    if per_second > 0:
        left = (counts.waiting + counts.running) / per_second
        parts.append(f"{per_second:.1f}/s, {_duration(left)} left")
    return ", ".join(parts)


def draw(batch: Batch, per_second: float, funnel: str) -> Table:
    """The id, a bar, the counts, and the funnel's line, below each other."""
    lines = Table.grid()
    lines.add_row(Text(batch.id, style="bold"))
    lines.add_row(ProgressBar(total=batch.counts.total, completed=_ended(batch.counts), width=60))
    lines.add_row(Text(describe(batch.counts, per_second)))
    lines.add_row(Text(funnel))
    return lines


def _funnel(client: Client, dataset: str) -> str:
    try:
        return f"{dataset}: {funnel_line(client.funnel(dataset))}"
    except ImgdiffError:
        return ""  # no dataset before the first job; the counts are shown anyway


def _ended(counts: BatchCounts) -> int:
    return counts.total - counts.waiting - counts.running


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s" if rest >= 60 else f"{rest} s"
