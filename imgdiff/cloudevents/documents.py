"""CloudEvents 1.0 in their JSON format: a record was created, a job changed, a batch ended.

The same event always has the same `source` and `id`, and the same content.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from imgdiff.batches.documents import Batch
from imgdiff.frozen import Frozen
from imgdiff.jobs import Job
from imgdiff.records import Record

EVENT_MEDIA_TYPE = "application/cloudevents+json"
EVENTS_MEDIA_TYPE = "application/cloudevents-batch+json"


class CloudEvent(Frozen):
    """What all events have; https://github.com/cloudevents/spec, version 1.0."""

    specversion: Literal["1.0"] = Field(default="1.0", description="Version of CloudEvents.")
    id: str = Field(min_length=1, description="Identifier of the event, unique in its source.")
    source: str = Field(min_length=1, description="The gateway where it happened, as a URI.")
    subject: str = Field(min_length=1, description="Identifier of the record, job or batch.")
    time: datetime = Field(description="When it happened, UTC.")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="Form of `data`.")
    dataschema: str = Field(description="Name of the schema of `data`: the one at /v1/schemas with its last part.")


class RecordCloudEvent(CloudEvent):
    """A record was created."""

    type: Literal["imgdiff.record.created"] = Field(default="imgdiff.record.created", description="What happened.")
    dataschema: Literal["urn:imgdiff:schema:record"] = Field(
        default="urn:imgdiff:schema:record", description="`data` has the schema /v1/schemas/record.json."
    )
    data: Record = Field(description="The record.")


class JobCloudEvent(CloudEvent):
    """A job got into a state, or one of its stages did."""

    type: Literal[
        "imgdiff.job.queued",
        "imgdiff.job.running",
        "imgdiff.job.progressed",
        "imgdiff.job.succeeded",
        "imgdiff.job.failed",
        "imgdiff.job.cancelled",
        "imgdiff.job.expired",
    ] = Field(description="The state that the job got into; progressed: one of its stages changed.")
    dataschema: Literal["urn:imgdiff:schema:job"] = Field(
        default="urn:imgdiff:schema:job", description="`data` has the schema /v1/schemas/job.json."
    )
    data: Job = Field(description="The job at that moment, without its records, each of which is an event of its own.")


class BatchCloudEvent(CloudEvent):
    """A batch ended: no line of it will change."""

    type: Literal["imgdiff.batch.finished", "imgdiff.batch.cancelled"] = Field(description="How it ended.")
    dataschema: Literal["urn:imgdiff:schema:batch"] = Field(
        default="urn:imgdiff:schema:batch", description="`data` has the schema /v1/schemas/batch.json."
    )
    data: Batch = Field(description="The batch with its counts.")
