"""Settings of the detection service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.serving.settings import ServiceSettings


class DetectionSettings(ServiceSettings):
    """Prefix IMGDIFF_DETECTION_."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_DETECTION_")

    port: int = Field(default=8101, ge=0, le=65535)
