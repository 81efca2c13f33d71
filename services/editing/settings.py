"""Settings of the editing service, read from the environment."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from imgdiff.records import Operation, Share
from services.serving.settings import ServiceSettings

Dtype = Literal["float32", "bfloat16", "float16"]
Offload = Literal["none", "networks", "layers"]


class EditingSettings(ServiceSettings):
    """Prefix IMGDIFF_EDITING_. `rewriter_` is for editing captions; others are named by their backend.

    `p2p_` and `clip_` are for backend `sdxl`, `flux2_` for `flux2_klein`, `qwen_edit_` for `qwen_image_edit`.
    """

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_EDITING_")

    port: int = Field(default=8103, ge=0, le=65535)
    rewriter: str = Field(default="embedded", description="What edits captions: embedded, openai or transformers.")
    rewriter_ranker: str = Field(default="none", description="What ranks the embedded one's nouns: none or smollm2.")
    rewriter_model: str = Field(
        default="Qwen/Qwen3-4B-Instruct-2507",
        description="For `transformers`: a chat model, a folder or owner/name[@revision].",
    )
    rewriter_dtype: Dtype = "bfloat16"
    rewriter_at_once: int = Field(default=8, ge=1, le=1024, description="Captions in one batch of `transformers`.")
    rewriter_temperature: float = Field(
        default=0.8, ge=0, le=2, description="For language models; 0.8 is the paper's, 0 is greedy."
    )
    rewriter_openai_url: str = Field(default="", description="Base address, such as http://vllm:8000/v1.")
    rewriter_openai_model: str = Field(default="", description="Name of the model on that server.")
    rewriter_openai_key: SecretStr | None = Field(default=None, description="Sent as a bearer token.")
    rewriter_openai_thinking: bool = Field(default=False, description="Off: asks the server to turn thinking off.")
    rewriter_openai_at_once: int = Field(default=8, ge=1, le=256, description="Concurrent requests.")
    rewriter_openai_deadline_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="For one caption, with its retries."
    )
    rewriter_openai_price_prompt: float = Field(default=0.0, ge=0, description="For a million prompt tokens.")
    rewriter_openai_price_completion: float = Field(default=0.0, ge=0, description="For a million completion tokens.")
    inpainter_onnx: str = Field(default="", description="An ONNX file of LaMa or MI-GAN that fills holes.")
    sdxl_weights: str = Field(
        default="stabilityai/stable-diffusion-xl-base-1.0", description="A folder, or owner/name[@revision] on the hub."
    )
    sdxl_variant: str = Field(
        default="auto",
        description="Variant of the weight files, such as fp16; `auto` takes fp16 where all networks have it and the "
        "dtype is not float32; empty takes the plain files.",
    )
    sdxl_dtype: Dtype = Field(default="bfloat16", description="Of all networks but the decoder, which is float32.")
    sdxl_side: int = Field(default=1024, ge=64, le=4096, multiple_of=64, description="Pixels of width and of height.")
    sdxl_steps: int = Field(default=50, ge=1, le=1000)
    sdxl_guidance: float = Field(default=7.5, ge=0, le=100, description="Classifier-free guidance; off up to 1.")
    sdxl_negative: str = Field(default="", description="What images must not show.")
    sdxl_pairs: int = Field(default=1, ge=1, le=64, description="Pairs in one batch, of four rows each.")
    sdxl_tiles: bool = Field(
        default=False, description="Encode and decode large images in tiles, where memory is short."
    )
    sdxl_compile: bool = Field(
        default=False,
        description="Compile the networks: one or two minutes more to start, then faster; needs a C compiler.",
    )
    sdxl_inpaint_weights: str = Field(
        default="", description="As sdxl_weights, for photos: SDXL turbo or an inpainting SDXL; empty for none."
    )
    sdxl_inpaint_side: int = Field(default=512, ge=64, le=2048, multiple_of=64)
    sdxl_inpaint_steps: int = Field(default=4, ge=1, le=1000, description="As the next two, SDXL turbo's.")
    sdxl_inpaint_strength: float = Field(default=0.85, gt=0, le=1)
    sdxl_inpaint_guidance: float = Field(default=0.0, ge=0, le=100)
    flux2_weights: str = Field(
        default="black-forest-labs/FLUX.2-klein-4B", description="As sdxl_weights; 4B is Apache-2.0, 9B is not."
    )
    flux2_dtype: Dtype = Field(default="bfloat16", description="As sdxl_dtype.")
    flux2_side: int = Field(
        default=1024, ge=64, le=2048, multiple_of=32, description="Pixels of both sides of images from captions."
    )
    flux2_steps: int = Field(default=4, ge=1, le=1000, description="This and the next: the model card's.")
    flux2_guidance: float = Field(default=1.0, ge=0, le=100, description="Off up to 1; for the base models alone.")
    flux2_pairs: int = Field(default=1, ge=1, le=64, description="Pairs in one batch, of one row each.")
    flux2_offload: Offload = Field(
        default="none", description="What waits in the host's memory until it is needed: none, networks or layers."
    )
    qwen_edit_weights: str = Field(default="Qwen/Qwen-Image-Edit-2511", description="As sdxl_weights; Apache-2.0.")
    qwen_edit_dtype: Dtype = Field(default="bfloat16", description="As sdxl_dtype.")
    qwen_edit_side: int = Field(
        default=1024, ge=64, le=2048, multiple_of=32, description="Root of the pixels at which photos are edited."
    )
    qwen_edit_steps: int = Field(default=40, ge=1, le=1000, description="This and the next two: the model card's.")
    qwen_edit_guidance: float = Field(
        default=4.0, ge=0, le=100, description="Off up to 1, or without a negative prompt."
    )
    qwen_edit_negative: str = Field(default=" ", description="What images must not show.")
    qwen_edit_pairs: int = Field(default=1, ge=1, le=64, description="As flux2_pairs.")
    qwen_edit_offload: Offload = Field(default="none", description="As flux2_offload.")
    p2p_kind: Literal["refine", "replace"] = Field(
        default="refine", description="replace: a replaced word takes over the attention of the old one."
    )
    p2p_self_share: float = Field(
        default=0.4, ge=0, le=1, description="Share of the steps with the base's self-attention."
    )
    p2p_cross_share: float = Field(default=1.0, ge=0, le=1, description="The same for cross-attention.")
    p2p_cross_shares: dict[Operation, Share] = Field(default={}, description="The same for single operations.")
    p2p_weight: float = Field(default=1.0, ge=0, le=20, description="Weight of the attention to the new noun.")
    p2p_local_blend: bool = Field(
        default=True, description="Keep the base image outside the nouns; the paper does not."
    )
    p2p_blend_threshold: float = Field(
        default=0.3, ge=0, le=1, description="Share of the maximum attention to a noun; lower keeps less."
    )
    p2p_candidates: int = Field(default=1, ge=1, le=100, description="Candidates per pair; CLIP chooses the best.")
    clip_model: str = Field(default="ViT-B-32-quickgelu", description="OpenCLIP's name for the architecture.")
    clip_weights: str = Field(
        default="timm/vit_base_patch32_clip_224.openai", description="A .safetensors file, or a name on the hub."
    )
    clip_rows: int = Field(default=64, ge=1, le=4096, description="Images or captions in one batch.")
