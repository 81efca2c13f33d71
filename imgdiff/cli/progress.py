"""Following a job with a progress bar."""

from imgdiff.cli.drawing.records import activity
from imgdiff.cli.output import Output
from imgdiff.client import Client
from imgdiff.jobs import Job, JobEvent


def follow(client: Client, output: Output, job: Job, wait_seconds: float | None) -> Job:
    """The job in its final state; Ctrl-C cancels it."""
    with output.progress() as progress:
        task = progress.add_task(activity(job), total=1.0)

        def on_event(event: JobEvent) -> None:
            progress.update(task, completed=event.job.progress, description=activity(event.job))

        try:
            return client.wait(job.id, wait_seconds=wait_seconds, on_event=on_event)
        except KeyboardInterrupt:
            client.cancel(job.id)
            raise
