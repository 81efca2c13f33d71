"""Settings of the editing service, read from the environment."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.serving.settings import ServiceSettings


class EditingSettings(ServiceSettings):
    """Prefix IMGDIFF_EDITING_. Those that begin with `rewriter` are of the caption's editing."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_EDITING_")

    port: int = Field(default=8103, ge=0, le=65535)
    rewriter: str = Field(default="embedded", description="Who edits captions: embedded, openai or transformers.")
    rewriter_ranker: str = Field(default="none", description="What ranks the embedded one's words: none or smollm2.")
    rewriter_model: str = Field(
        default="Qwen/Qwen3-4B-Instruct-2507",
        description="Of `transformers`: a chat model as a folder, or owner/name[@revision].",
    )
    rewriter_dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    rewriter_at_once: int = Field(default=8, ge=1, le=1024, description="Captions that `transformers` edits at once.")
    rewriter_temperature: float = Field(
        default=0.8, ge=0, le=2, description="Of language models; the authors' 0.8. 0 writes the likeliest caption."
    )
    rewriter_openai_url: str = Field(default="", description="Up to /v1, such as http://vllm:8000/v1.")
    rewriter_openai_model: str = Field(default="", description="The model's name on that server.")
    rewriter_openai_key: SecretStr | None = Field(default=None, description="Sent as a bearer token.")
    rewriter_openai_at_once: int = Field(default=8, ge=1, le=256, description="Captions under way at once.")
    rewriter_openai_deadline_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="For one caption with its retries."
    )
    rewriter_openai_price_prompt: float = Field(default=0.0, ge=0, description="For a million tokens of questions.")
    rewriter_openai_price_completion: float = Field(default=0.0, ge=0, description="For a million tokens of answers.")
