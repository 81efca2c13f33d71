"""Settings of the captioning service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.serving.settings import ServiceSettings


class CaptioningSettings(ServiceSettings):
    """Prefix IMGDIFF_CAPTIONING_."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_CAPTIONING_")

    port: int = Field(default=8102, ge=0, le=65535)
    verify: bool = Field(default=True, description="Check every sentence against the evidence; off only to measure.")
