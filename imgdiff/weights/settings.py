"""Where weight files are kept and whether they may be fetched."""

from pathlib import Path

from platformdirs import user_cache_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelSettings(BaseSettings):
    """Read from `IMGDIFF_*`; defaults live only here."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_", extra="ignore")

    models_dir: Path = Field(default_factory=lambda: user_cache_path("imgdiff") / "models")
    offline: bool = Field(default=False, description="Never fetch; a missing file is an error.")
    index_url: str | None = Field(default=None, description="Package index; default is the one that pip uses.")
    fetch_attempts: int = Field(default=5, ge=1, description="Times that one download is tried.")
    fetch_backoff_seconds: float = Field(default=1.0, ge=0, description="First pause between tries; it doubles.")
    fetch_timeout_seconds: float = Field(default=30.0, gt=0, description="Longest silence within one download.")
    lock_timeout_seconds: float = Field(default=900.0, gt=0, description="Longest wait for another process's fetch.")
