"""Settings of the gateway and its workers, read from the environment; the only place of their defaults."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field, IPvAnyNetwork, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from imgdiff.composition.acceptance import ROUNDS
from imgdiff.images import ImageLimits
from imgdiff.jobs import StageName

SHORTEST_KEY = 32  # characters: `openssl rand -hex 16` writes 128 bits in as many
_BODY_OVERHEAD = 2**20  # bytes for options, part headers and JSON around the images; chosen, not measured


class GatewaySettings(BaseSettings):
    """Prefix `IMGDIFF_GATEWAY_`; gateway and worker read the same ones."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_GATEWAY_", frozen=True, hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Names under which clients reach this gateway, beside loopback and its address, as a JSON list; "
        "`*.example` stands for all names below, `*` for any name, which lets every web page use an open gateway.",
    )
    cors_origins: tuple[Annotated[str, StringConstraints(pattern=r"^(\*|https?://[^/\s]+)$")], ...] = Field(
        default=(),
        description="Origins of the web pages that may use this gateway from a browser, as a JSON list such as "
        '`["https://app.example"]`; `*` for all.',
    )
    log_level: str = "info"
    log_json: bool = Field(default=False, description="One JSON object a line instead of plain text.")

    database_url: str = Field(default="sqlite:///imgdiff.db", description="SQLite file or PostgreSQL server.")
    assets_url: str = Field(
        default="file:./assets", description="Where image bytes are stored: file:FOLDER or s3://BUCKET."
    )
    assets_endpoint: str | None = Field(default=None, description="Endpoint of an S3-compatible store.")
    redis_url: str = "redis://127.0.0.1:6379/0"
    event_source: str = Field(
        default="urn:imgdiff:gateway",
        pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$",
        description="URI of this gateway in its CloudEvents, such as its address; another one for each gateway.",
    )
    detection_url: str = "http://127.0.0.1:8101"
    captioning_url: str = "http://127.0.0.1:8102"
    editing_url: str = "http://127.0.0.1:8103"
    service_secret: SecretStr | None = Field(
        default=None, min_length=16, description="What the services want as their `SECRET`; unset for none."
    )

    bootstrap_key: SecretStr | None = Field(
        default=None,
        min_length=SHORTEST_KEY,
        description="A first API key with every scope, 32 characters or more; another value revokes the one before.",
    )
    insecure: bool = Field(default=False, description="Start without API keys on an address that others can reach.")

    requests_per_minute: int | None = Field(
        default=None, ge=1, description="Requests of one tenant a minute, to each process; more are answered 429."
    )
    upload_bytes_per_day: int | None = Field(
        default=None, ge=1, description="Bytes of bodies that one tenant may send a day, UTC; more are answered 429."
    )
    unfinished_jobs: int | None = Field(
        default=None,
        ge=1,
        description="Jobs outside of batches that one tenant may have waiting or running; more are answered 429.",
    )

    metric_tenants: int = Field(
        default=50, ge=0, description="Tenants that `/metrics` has by name; further ones are counted as `_other`."
    )

    max_connections: int = Field(
        default=1000, ge=1, description="Open connections; one more closes that which is idle for longest, or is 503."
    )
    head_seconds: float = Field(default=10.0, gt=0, description="In which the head of a request must have arrived.")
    keep_alive_seconds: int = Field(
        default=75, ge=1, description="That a connection waits for another request: longer than a proxy keeps it."
    )
    body_pause_seconds: float = Field(
        default=20.0, gt=0, description="That a body may pause; answered 408. Lines of a batch: client_stall_seconds."
    )
    body_bytes_per_second: int = Field(
        default=16 * 2**10, ge=0, description="At which a body must at least arrive; 0 for any rate."
    )
    client_stall_seconds: float = Field(
        default=300.0, gt=0, description="In which a client must have read some of its answer."
    )
    body_bytes_in_flight: int = Field(
        default=512 * 2**20, ge=1, description="Of the bodies of all open requests; what is beyond is answered 503."
    )

    max_upload_bytes: int = Field(default=32 * 2**20, ge=1, description="Largest image file.")
    max_pixels: int = Field(default=64_000_000, ge=1, description="Most pixels of one image.")
    max_side: int = Field(default=16_384, ge=1, description="Longest side of one image.")
    max_queued_jobs: int = Field(default=1000, ge=1, description="Unfinished jobs; another one is answered 503.")
    max_batch_lines: int = Field(default=1_000_000, ge=1, description="Most lines of one batch.")
    max_batch_bytes: int = Field(default=64 * 2**30, ge=1, description="Most bytes of a batch's file in one request.")
    batch_jobs_in_flight: int = Field(
        default=32, ge=1, description="Jobs of batches that wait or run at a time; single requests come before them."
    )
    max_report_pairs: int = Field(
        default=10_000, ge=1, description="Most pairs in a funnel's report; each takes about 3 ms of CPU."
    )
    asset_grace_seconds: float = Field(
        default=86_400.0,
        ge=600,
        description="For so long after it was sent or named, an image stays although nothing uses it.",
    )
    database_wait_seconds: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="Longest wait of a request for a locked or unreachable database; then it is answered 503.",
    )
    min_free_bytes: int = Field(
        default=256 * 2**20,
        ge=0,
        description="With less room on the disk of images or of SQLite, the gateway is not ready.",
    )
    probe_seconds: float = Field(default=2.0, gt=0, description="Longest wait for one dependency in a readiness check.")

    image_urls: bool = Field(default=False, description="Whether requests may name images by URL, which are fetched.")
    outbound_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="Networks that webhooks and images by URL may be in, also without TLS, beside public addresses; "
        "a JSON list.",
    )
    outbound_seconds: float = Field(
        default=15.0, gt=0, le=120, description="Longest request to a webhook or for an image."
    )

    worker_concurrency: int = Field(default=16, ge=1, le=256, description="Stages that a worker runs at a time.")
    edits_in_flight: int = Field(
        default=4, ge=1, le=64, description="Pairs of one synthesis edited at a time; a GPU may batch as many."
    )
    worker_stages: tuple[StageName, ...] = Field(
        default=tuple(StageName), min_length=1, description="Queues that a worker consumes, as a JSON list."
    )
    worker_heartbeat_file: str | None = Field(default=None, description="File that a live worker touches.")
    worker_grace_seconds: float = Field(
        default=10.0, ge=0, description="Time for running stages after SIGTERM; then they go back to the queue."
    )
    result_cache_entries: int = Field(
        default=100_000,
        ge=0,
        description="Results that answer the same request again, those used last; 0 asks the services always.",
    )
    job_deadline_seconds: float = Field(default=6 * 3600.0, gt=0, description="Deadline of jobs that name none.")
    stage_deadline_seconds: float = Field(default=900.0, gt=0, description="Longest call of a service.")
    visibility_timeout_seconds: float = Field(
        default=2000.0, gt=0, description="Redis redelivers a message that was not acknowledged in this time."
    )
    lease_seconds: float = Field(
        default=15.0, gt=0, description="Without renewal in this time, a running stage has lost its worker."
    )
    sweep_seconds: float = Field(default=1.0, gt=0, description="Pause between two sweeps for lost work.")
    edit_rounds: int = Field(
        default=ROUNDS,
        ge=1,
        le=16,
        description="Rounds of an edited pair until one is accepted; then the pair is given up.",
    )
    max_attempts: int = Field(
        default=3, ge=1, description="Attempts at one stage; then a synthesis gives up the pair, and another job fails."
    )

    @model_validator(mode="after")
    def _redeliver_only_lost_messages(self) -> "GatewaySettings":
        """Redis must not redeliver the message of a stage that is running."""
        if self.visibility_timeout_seconds < 2 * self.stage_deadline_seconds:
            raise ValueError("visibility_timeout_seconds must be at least twice stage_deadline_seconds")
        return self

    @property
    def limits(self) -> ImageLimits:
        """The largest image that is accepted."""
        return ImageLimits(max_bytes=self.max_upload_bytes, max_pixels=self.max_pixels, max_side=self.max_side)

    @property
    def made_limits(self) -> ImageLimits:
        """The same for images that a service made: as many pixels, but PNG may take more bytes for them."""
        return replace(self.limits, max_bytes=4 * self.max_pixels + _BODY_OVERHEAD)

    @property
    def max_body_bytes(self) -> int:
        """The largest request: two images as base64 in JSON."""
        return 2 * (self.max_upload_bytes * 4 // 3 + 4) + _BODY_OVERHEAD
