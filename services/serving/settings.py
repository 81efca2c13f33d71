"""Settings of every service; each one adds its prefix and its own settings."""

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from imgdiff.images import ImageLimits


class ServiceSettings(BaseSettings):
    """Read from the environment; the only place of their defaults."""

    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=0, le=65535)
    backend: str = "embedded"
    device: str = "cpu"
    threads: int = Field(default=2, ge=1, le=256, description="Compute threads of the model process.")
    max_batch: int = Field(default=8, ge=1, le=256, description="Requests in one batch of the model.")
    max_delay_ms: float = Field(default=5.0, ge=0, le=1000, description="Longest wait for a fuller batch.")
    max_queue: int = Field(default=64, ge=1, le=10_000, description="Queued requests; another one is answered 503.")
    max_batch_cost: int = Field(
        default=64_000_000, ge=1, description="Pixels in one batch, some for each request and region; more run alone."
    )
    max_queue_cost: int = Field(
        default=256_000_000, ge=1, description="Pixels of queued requests; what is beyond is answered 503."
    )
    feature_cache_bytes: int = Field(
        default=128 * 2**20, ge=0, description="Of what networks made of recent images; 0 keeps nothing."
    )
    max_silent_seconds: float = Field(
        default=600.0, gt=0, description="Without a sign of life in a batch, after which the service is not alive."
    )
    max_connections: int = Field(
        default=256, ge=1, description="Open connections; one more closes that which is idle for longest, or is 503."
    )
    head_seconds: float = Field(default=10.0, gt=0, description="In which the head of a request must have arrived.")
    max_body_bytes: int = Field(default=512 * 2**20, ge=1, description="Of a request with all its images.")
    max_body_seconds: float = Field(default=120.0, gt=0, description="In which a request must have arrived.")
    secret: SecretStr | None = Field(
        default=None, min_length=16, description="That work must be asked for with, as a bearer token; unset for none."
    )
    tls_certificate: str = Field(default="", description="A PEM file, with `tls_key` to serve HTTPS.")
    tls_key: str = Field(default="", description="A PEM file.")
    max_upload_bytes: int = Field(default=64 * 2**20, ge=1)
    max_pixels: int = Field(default=64_000_000, ge=1)
    log_level: str = "info"

    @model_validator(mode="after")
    def _has_both_files_of_tls(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key are set together or not at all")
        return self

    @property
    def limits(self) -> ImageLimits:
        """The largest image that is accepted."""
        return ImageLimits(max_bytes=self.max_upload_bytes, max_pixels=self.max_pixels)
