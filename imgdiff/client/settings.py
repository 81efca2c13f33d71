"""What the client and the command read from the environment: the gateway's address and the caller's key."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_URL = "http://127.0.0.1:8000"


class ClientSettings(BaseSettings):
    """Settings of the client, read from `IMGDIFF_*`."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_", extra="ignore")

    url: str = DEFAULT_URL
    api_key: SecretStr | None = Field(default=None, description="Sent as a bearer token.")
    timeout_seconds: float = Field(
        default=30.0, gt=0, description="Longest wait for data within one request, in seconds."
    )
    attempts: int = Field(default=5, ge=1, description="Attempts at one request.")
