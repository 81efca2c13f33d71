"""Settings of the matcher, which every service that has one reads under its own prefix."""

from typing import Literal

from pydantic import Field

from services.serving.settings import ServiceSettings

Dtype = Literal["auto", "float32", "bfloat16"]


class MatcherSettings(ServiceSettings):
    """Which network matches texts and crops, and its weights."""

    matcher: str = Field(
        default="blip", description="blip or open_clip; embedded for captions alone, none for objects alone."
    )
    blip_weights: str = Field(
        default="Salesforce/blip-itm-large-coco@c0273606af96037e7a3b2fb0ff4ae9620b517be6",  # main has a pickle alone
        description="A folder, or owner/name[@revision] on the hub.",
    )
    blip_mode: Literal["itc", "itm"] = Field(
        default="itc", description="itc: cosine, as the paper's threshold; itm: the matching head's probability."
    )
    blip_dtype: Dtype = Field(
        default="auto", description="auto: bfloat16 on GPUs and on processors with AMX, else float32."
    )
    blip_crops: int | None = Field(
        default=None, ge=1, le=4096, description="Crops in one batch; by default 32 on a GPU, 1 on a processor."
    )
    clip_model: str = Field(default="ViT-B-32-quickgelu", description="OpenCLIP's name for the architecture.")
    clip_weights: str = Field(
        default="timm/vit_base_patch32_clip_224.openai", description="A .safetensors file, or a name on the hub."
    )
    clip_dtype: Dtype = Field(default="auto", description="Of the image tower; auto as for blip_dtype.")
    clip_rows: int = Field(default=64, ge=1, le=4096, description="Crops or captions in one batch.")

    @classmethod
    def prefix(cls) -> str:
        """The prefix of the service's variables, such as IMGDIFF_CAPTIONING_."""
        return cls.model_config.get("env_prefix", "")
