"""Settings of the captioning service, from the environment."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.captioning.limits import MOST_PIXELS
from services.matching.settings import MatcherSettings


class CaptioningSettings(MatcherSettings):
    """Prefix IMGDIFF_CAPTIONING_. `verify` is for all backends, the rest for `transformers` and `openai`."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_CAPTIONING_")

    port: int = Field(default=8102, ge=0, le=65535)
    verify: bool = Field(
        default=True, description="Check all findings and sentences against the evidence; off only to measure."
    )
    vlm: str = Field(
        default="qwen3-vl-2b",
        description="llava-next (the paper's), qwen3-vl-2b, qwen3-vl-8b, qwen3.5-4b, a folder, or a name on the hub.",
    )
    content: Literal["description", "phrase"] = Field(
        default="description",
        description="What is asked of a region: a clear description, which the paper's thresholds are tuned on, or one "
        "short noun phrase.",
    )
    verifiers: tuple[str, ...] = Field(
        default=("writer",),
        description="Who is asked whether a place shows what a sentence names: writer (its yes alone leaves a sentence "
        "unverified), transformers or openai (another model), grounding_dino or sam3 (a detector of any noun).",
    )
    grounding_weights: str = Field(
        default="openmmlab-community/mm_grounding_dino_base_all",
        description="Of the verifier grounding_dino: a folder.",
    )
    sam_weights: str = Field(default="facebook/sam3", description="Of the verifier sam3: a folder, or a gated name.")
    noun_prompts: int = Field(default=2, ge=1, le=64, description="Nouns that such a detector reads at once.")
    verifier_vlm: str = Field(default="", description="Of the verifier transformers, as `vlm`.")
    verifier_openai_url: str = Field(default="", description="Of the verifier openai, up to /v1.")
    verifier_openai_model: str = Field(default="", description="The model's name on that server.")
    verifier_openai_key: SecretStr | None = Field(default=None, description="Sent to it as a bearer token.")
    vlm_dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    vlm_pixels: int = Field(default=MOST_PIXELS, ge=2**12, le=2**26, description="Larger images are scaled down.")
    vlm_prompts: int = Field(
        default=2, ge=1, le=1024, description="Prompts in one batch, which is filled up; 2 suits single pairs, 32 many."
    )
    openai_url: str = Field(default="", description="Up to /v1, such as http://vllm:8000/v1.")
    openai_model: str = Field(default="", description="The model's name on that server.")
    openai_key: SecretStr | None = Field(default=None, description="Sent as a bearer token.")
    openai_thinking: bool = Field(default=False, description="Off: asks the server to turn thinking off.")
    openai_images: Literal["png", "jpeg"] = "jpeg"
    openai_longest_side: int = Field(default=1536, ge=64, le=16_384, description="Larger images are scaled down.")
    openai_at_once: int = Field(default=8, ge=1, le=256, description="Questions sent at once.")
    openai_deadline_seconds: float = Field(default=60.0, gt=0, le=3600, description="For one question and its retries.")
    openai_price_prompt: float = Field(default=0.0, ge=0, description="Price of a million prompt tokens.")
    openai_price_completion: float = Field(default=0.0, ge=0, description="Price of a million completion tokens.")
