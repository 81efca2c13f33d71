"""Settings of the editing service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.serving.settings import ServiceSettings


class EditingSettings(ServiceSettings):
    """Prefix IMGDIFF_EDITING_."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_EDITING_")

    port: int = Field(default=8103, ge=0, le=65535)
