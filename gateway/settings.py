"""Everything that can be set about the gateway and its workers, read from the environment; defaults live only here."""

from dataclasses import replace

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from imgdiff.images import ImageLimits
from imgdiff.jobs import StageName

_BODY_OVERHEAD = 2**20  # options, part headers, JSON around the images


class GatewaySettings(BaseSettings):
    """Prefix `IMGDIFF_GATEWAY_`; the worker reads the same ones."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_GATEWAY_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: str = "info"
    log_json: bool = Field(default=False, description="One JSON object a line instead of plain text.")

    database_url: str = Field(default="sqlite:///imgdiff.db", description="SQLite file or PostgreSQL server.")
    assets_url: str = Field(default="file:./assets", description="Where image bytes lie: file: folder, s3://bucket.")
    assets_endpoint: str | None = Field(default=None, description="Endpoint of an S3-compatible store.")
    redis_url: str = "redis://127.0.0.1:6379/0"
    detection_url: str = "http://127.0.0.1:8101"
    captioning_url: str = "http://127.0.0.1:8102"
    editing_url: str = "http://127.0.0.1:8103"

    max_upload_bytes: int = Field(default=32 * 2**20, ge=1, description="Largest image file.")
    max_pixels: int = Field(default=64_000_000, ge=1, description="Most pixels of one image.")
    max_side: int = Field(default=16_384, ge=1, description="Longest side of one image.")
    max_queued_jobs: int = Field(default=1000, ge=1, description="Unfinished jobs; one more is answered 503.")
    max_report_pairs: int = Field(
        default=10_000, ge=1, description="Most pairs of which a funnel makes a report; about 3 ms of a processor each."
    )
    probe_seconds: float = Field(default=2.0, gt=0, description="Longest wait for one part in a readiness check.")

    worker_concurrency: int = Field(default=16, ge=1, le=256, description="Stages that a worker has in flight.")
    edits_in_flight: int = Field(
        default=4, ge=1, le=64, description="Pairs of one order that are edited at a time; a GPU may batch so many."
    )
    worker_stages: tuple[StageName, ...] = Field(
        default=tuple(StageName), min_length=1, description="Queues that a worker serves, as a JSON list."
    )
    worker_heartbeat_file: str | None = Field(default=None, description="Touched by a living worker.")
    worker_grace_seconds: float = Field(
        default=10.0, ge=0, description="Time for open stages after SIGTERM; then they are handed back."
    )
    job_deadline_seconds: float = Field(default=6 * 3600.0, gt=0, description="Time for jobs that name no deadline.")
    stage_deadline_seconds: float = Field(default=900.0, gt=0, description="Longest a service may take for one call.")
    visibility_timeout_seconds: float = Field(
        default=2000.0, gt=0, description="Redis delivers a message again that was not acknowledged for so long."
    )
    lease_seconds: float = Field(default=15.0, gt=0, description="A running stage unrenewed so long lost its worker.")
    sweep_seconds: float = Field(default=1.0, gt=0, description="Pause between two looks for stranded work.")
    edit_rounds: int = Field(
        default=3, ge=1, le=16, description="Tries of a made pair until one is accepted; then it is counted out."
    )
    max_attempts: int = Field(
        default=3, ge=1, description="Starts of one stage; then a synthesis gives the pair up, another job fails."
    )

    @model_validator(mode="after")
    def _delivered_once(self) -> "GatewaySettings":
        """Redis must not take a working stage for a lost one."""
        if self.visibility_timeout_seconds < 2 * self.stage_deadline_seconds:
            raise ValueError("visibility_timeout_seconds must be at least twice stage_deadline_seconds")
        return self

    @property
    def limits(self) -> ImageLimits:
        """The largest image that is taken."""
        return ImageLimits(max_bytes=self.max_upload_bytes, max_pixels=self.max_pixels, max_side=self.max_side)

    @property
    def made_limits(self) -> ImageLimits:
        """The same for images that a service made: as many pixels, but PNG may need more bytes for them."""
        return replace(self.limits, max_bytes=4 * self.max_pixels + _BODY_OVERHEAD)

    @property
    def max_body_bytes(self) -> int:
        """The largest request: two images, as base64 in JSON."""
        return 2 * (self.max_upload_bytes * 4 // 3 + 4) + _BODY_OVERHEAD

    @property
    def services(self) -> dict[StageName, str]:
        """Where each service is."""
        return {
            StageName.EDITING: self.editing_url.rstrip("/"),
            StageName.DETECTION: self.detection_url.rstrip("/"),
            StageName.CAPTIONING: self.captioning_url.rstrip("/"),
        }
