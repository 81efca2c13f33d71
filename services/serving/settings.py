"""Settings of every service; each one adds its prefix and its own settings."""

from pydantic import Field
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
    max_upload_bytes: int = Field(default=64 * 2**20, ge=1)
    max_pixels: int = Field(default=64_000_000, ge=1)
    log_level: str = "info"

    @property
    def limits(self) -> ImageLimits:
        """The largest image that is accepted."""
        return ImageLimits(max_bytes=self.max_upload_bytes, max_pixels=self.max_pixels)
