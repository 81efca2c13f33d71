"""Progress bars: of a job, and of downloads."""

from rich.progress import Progress, TaskID

from imgdiff.cli.drawing.records import activity
from imgdiff.cli.output import Output
from imgdiff.client import Client
from imgdiff.jobs import Job, JobEvent
from imgdiff.weights.fetch import Progress as OnBytes


def follow(client: Client, output: Output, job: Job, wait_seconds: float | None) -> Job:
    """The job in its final state; Ctrl-C cancels it. Where no terminal shows a bar, each change is a note."""
    with output.progress() as progress:
        task, said = progress.add_task(activity(job), total=1.0), [activity(job)]

        def on_event(event: JobEvent) -> None:
            progress.update(task, completed=event.job.progress, description=activity(event.job))
            if progress.disable and not output.as_json and activity(event.job) != said[-1]:
                said.append(activity(event.job))
                output.note(f"{event.job.id}: {event.job.progress:.0%}, {said[-1]}")

        try:
            return client.wait(job.id, wait_seconds=wait_seconds, on_event=on_event)
        except KeyboardInterrupt:
            client.cancel(job.id)
            raise


def count_bytes(bars: Progress) -> OnBytes:
    """A bar for each file that a download reports, from its first bytes on."""
    tasks: dict[str, TaskID] = {}

    def on_bytes(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=total)
        bars.update(tasks[name], completed=done, total=total)

    return on_bytes
