"""The blocking client: a thin shell that performs the I/O of calls and flows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Literal, Unpack

import httpx
from pydantic import JsonValue

from imgdiff.client import calls, dataset_calls
from imgdiff.client.batches import Batches
from imgdiff.client.calls import DonorInput
from imgdiff.client.drivers import Driver
from imgdiff.client.exports import ExportOptions, ExportPosition, ExportStream, export_call, resume_call
from imgdiff.client.feed import Feed
from imgdiff.client.flows import ENDLESS, Deadline, poll, send
from imgdiff.client.inputs import ImageInput
from imgdiff.client.options import (
    DonorArguments,
    DonorFilters,
    ListedRecords,
    OptionFields,
    RecordFilters,
    SynthesisArguments,
)
from imgdiff.client.transport.failures import only_record, require_success
from imgdiff.datasets import Asset, Dataset, DatasetVersion, Donor, Models, Pruned
from imgdiff.errors import ServiceUnavailable
from imgdiff.funnel import Funnel
from imgdiff.jobs import DeadLetter, Job, JobEvent
from imgdiff.records import Record
from imgdiff.statistics.documents import Statistics


class Client(Driver):
    """A client of one gateway, safe to share between threads. Its methods raise the errors of `imgdiff.errors`."""

    @property
    def batches(self) -> Batches:
        """Batches: many requests in one file."""
        return Batches(self._drive, self._retries, self.url)

    def compare(
        self,
        image1: ImageInput,
        image2: ImageInput,
        *,
        wait_seconds: float | None = None,
        **options: Unpack[OptionFields],
    ) -> Record:
        """Submit a pair, wait for the job, and return its record.

        Raises Conflict where the pair repeats a record of its dataset or is swapped, so that `curate` keeps none of it.
        Images are paths, bytes of a file, open files, Pillow images, arrays (height x width x 3, RGB), or assets.
        """
        job = self.submit(image1, image2, **options)
        return only_record(require_success(self.wait(job.id, wait_seconds=wait_seconds)))

    def synthesize(
        self,
        operation: str,
        image: ImageInput | None = None,
        *,
        donor: DonorInput | None = None,
        wait_seconds: float | None = None,
        **fields: Unpack[SynthesisArguments],
    ) -> Job:
        """Request syntheses, wait, and return the job with its records and rejected pairs."""
        job = self.submit_synthesis(operation, image, donor=donor, **fields)
        return require_success(self.wait(job.id, wait_seconds=wait_seconds))

    def submit(self, image1: ImageInput, image2: ImageInput, **options: Unpack[OptionFields]) -> Job:
        """Submit a pair and return the job without waiting."""
        return self._fetch(calls.submit(image1, image2, options))

    def submit_synthesis(
        self,
        operation: str,
        image: ImageInput | None = None,
        *,
        donor: DonorInput | None = None,
        **fields: Unpack[SynthesisArguments],
    ) -> Job:
        """Request syntheses and return the job without waiting."""
        return self._fetch(calls.synthesize(operation, image, donor, fields))

    def wait(
        self, job_id: str, *, wait_seconds: float | None = None, on_event: Callable[[JobEvent], None] | None = None
    ) -> Job:
        """Wait until the job is final, by its events or, without events, by polling; returns it in any final state.

        Raises DeadlineExceeded after `wait_seconds`; the job itself continues.
        """
        deadline = Deadline(wait_seconds)
        try:
            for event in self._events(Feed(job_id, self._retries, deadline)):
                if on_event is not None:
                    on_event(event)
        except ServiceUnavailable:
            deadline.left()  # no events: fall back to polling while there is time
        return self._drive(poll(job_id, self._retries, self.url, deadline))

    def events(self, job_id: str, *, last_event_id: str | None = None) -> Iterator[JobEvent]:
        """The job's events, from the first or after `last_event_id`, until it is final; reconnects when interrupted."""
        return self._events(Feed(job_id, self._retries, ENDLESS, last_event_id))

    def job(self, job_id: str) -> Job:
        """The current state of one job."""
        return self._fetch(calls.job(job_id))

    def jobs(self, *, page_size: int | None = None) -> Iterator[Job]:
        """All jobs, newest first, without their records."""
        for page in self._pages(lambda cursor: calls.jobs(cursor, page_size)):
            yield from page.jobs

    def cancel(self, job_id: str) -> Job:
        """Cancel a job and return its current state."""
        return self._fetch(calls.cancel(job_id))

    def dead_letters(self) -> Iterator[DeadLetter]:
        """What was given up after too many attempts or deaths, newest first."""
        for page in self._pages(calls.dead_letters):
            yield from page.dead_letters

    def replay(self, letter_id: str) -> Job:
        """Submit the request of a dead letter again; returns the new job without waiting."""
        return self._fetch(calls.replay(letter_id))

    def discard(self, letter_id: str) -> None:
        """Take a dead letter off the list; its job stays."""
        self._fetch(calls.discard(letter_id))

    def record(self, record_id: str) -> Record:
        """One record."""
        return self._fetch(calls.record(record_id))

    def preview(self, record_id: str, media_type: str = "image/png") -> bytes:
        """An image of the pair side by side with its boxes, encoded as `media_type`."""
        return self._fetch(calls.preview(record_id, media_type))

    def question(
        self, record_id: str, side: Literal["left", "right"] | None = None, media_type: str = "image/png"
    ) -> bytes:
        """One image of a record's question with its box in red, or both joined, encoded as `media_type`."""
        return self._fetch(calls.question(record_id, side, media_type))

    def datasets(self) -> Iterator[Dataset]:
        """All datasets, by name."""
        for page in self._pages(dataset_calls.datasets):
            yield from page.datasets

    def dataset(self, name: str) -> Dataset:
        """One dataset."""
        return self._fetch(dataset_calls.dataset(name))

    def create_dataset(self, name: str, description: str = "", tags: Sequence[str] = ()) -> Dataset:
        """Create a dataset."""
        return self._fetch(dataset_calls.create_dataset(name, description, tags))

    def change_dataset(
        self, name: str, *, description: str | None = None, tags: Sequence[str] | None = None
    ) -> Dataset:
        """Change the description or the tags of a dataset; None leaves them as they are."""
        return self._fetch(dataset_calls.change_dataset(name, description, tags))

    def delete_dataset(self, name: str) -> None:
        """Delete a dataset with its jobs and records; Conflict while a job runs or a version exists."""
        self._fetch(dataset_calls.delete_dataset(name))

    def freeze(self, dataset: str, name: str, description: str = "") -> DatasetVersion:
        """Freeze the records that a dataset has now, as a version that can be exported again."""
        return self._fetch(dataset_calls.freeze(dataset, name, description))

    def versions(self, dataset: str) -> Iterator[DatasetVersion]:
        """The frozen versions of a dataset, by name."""
        for page in self._pages(lambda cursor: dataset_calls.versions(dataset, cursor)):
            yield from page.versions

    def version(self, dataset: str, name: str) -> DatasetVersion:
        """One frozen version."""
        return self._fetch(dataset_calls.version(dataset, name))

    def delete_version(self, dataset: str, name: str) -> None:
        """Delete a version, not its records."""
        self._fetch(dataset_calls.delete_version(dataset, name))

    def records(
        self, dataset: str, *, page_size: int | None = None, **filters: Unpack[ListedRecords]
    ) -> Iterator[Record]:
        """The records of a dataset that meet all filters, oldest first."""
        for page in self._pages(lambda cursor: dataset_calls.records(dataset, filters, cursor, page_size)):
            yield from page.records

    def statistics(self, dataset: str, *, top: int | None = None, **filters: Unpack[RecordFilters]) -> Statistics:
        """What the records of a dataset hold; with filters or a version, those that meet all of them."""
        return self._fetch(dataset_calls.statistics(dataset, filters, top))

    def delete_record(self, record_id: str) -> None:
        """Delete a record; Conflict while its job runs or a version names it."""
        self._fetch(dataset_calls.delete_record(record_id))

    def prune_assets(self) -> Pruned:
        """Delete stored images that nothing uses; returns how many."""
        total = Pruned(assets=0, bytes=0)
        for page in self._pages(dataset_calls.prune_assets):
            total = Pruned(assets=total.assets + page.assets, bytes=total.bytes + page.bytes)
        return total

    def funnel(self, of: str, *, thresholds: Mapping[str, float] | None = None, report: bool = False) -> Funnel:
        """How many pairs and regions of a job or dataset passed each gate, and why the others did not.

        With `thresholds`, by reason code, also how many would have passed at those, as far as the stored scores
        decide it; with `report`, every gate at several thresholds.
        """
        return self._fetch(calls.funnel(of, thresholds, report))

    def export(
        self,
        dataset: str,
        format: str = "jsonl",  # noqa: A002  the contract's word
        **options: Unpack[ExportOptions],
    ) -> Iterator[bytes]:
        """A dataset in one of the export formats, in chunks of bytes."""
        with self.open_export(dataset, format, **options) as stream:
            yield from stream.chunks

    @contextmanager
    def open_export(
        self,
        dataset: str,
        format: str = "jsonl",  # noqa: A002  the contract's word
        *,
        resume: ExportPosition | None = None,
        **options: Unpack[ExportOptions],
    ) -> Iterator[ExportStream[Iterator[bytes]]]:
        """An export as it arrives, with the position to `resume` at where it breaks off."""
        call = export_call(dataset, format, options) if resume is None else resume_call(resume)
        response = self._drive(send(call, self._retries, self.url))
        with closing(response):
            yield ExportStream.of(response, resume, _chunks(response, dataset))

    def upload(self, image: ImageInput) -> Asset:
        """Store one image; later requests can refer to it by its id."""
        return self._fetch(calls.upload(image))

    def donors(self, *, page_size: int | None = None, **filters: Unpack[DonorFilters]) -> Iterator[Donor]:
        """The library's donors that meet all filters, oldest first."""
        for page in self._pages(lambda cursor: calls.donors(filters, cursor, page_size)):
            yield from page.donors

    def donor(self, donor_id: str) -> Donor:
        """One donor of the library."""
        return self._fetch(calls.donor(donor_id))

    def add_donor(self, image: ImageInput, **fields: Unpack[DonorArguments]) -> Donor:
        """Add one object of an image to the library, or return it if the library has it."""
        return self._fetch(calls.add_donor(image, fields))

    def delete_donor(self, donor_id: str) -> None:
        """Delete a donor from the library."""
        self._fetch(calls.delete_donor(donor_id))

    def asset(self, asset_id: str) -> bytes:
        """The stored bytes of one image."""
        return self._fetch(calls.asset(asset_id))

    def models(self) -> Models:
        """Backend, device and models of each service."""
        return self._fetch(calls.models())

    def schemas(self) -> tuple[str, ...]:
        """Names of the published JSON Schemas."""
        return self._fetch(calls.schemas())

    def schema(self, name: str) -> dict[str, JsonValue]:
        """One JSON Schema of the contract."""
        return self._fetch(calls.schema(name))

    def ready(self, *, degraded: bool = False) -> bool:
        """Whether jobs are taken and run at once; with `degraded`, taken. One attempt, which never raises."""
        outcome = self._perform(calls.ready(degraded))
        return isinstance(outcome, httpx.Response) and outcome.is_success


def _chunks(response: httpx.Response, dataset: str) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes()
    except httpx.TransportError as error:
        raise ServiceUnavailable(f"the export of {dataset} was interrupted: {error}") from error
