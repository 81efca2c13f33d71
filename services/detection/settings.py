"""Settings of the detection service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.matching.settings import MatcherSettings


class DetectionSettings(MatcherSettings):
    """Prefix IMGDIFF_DETECTION_. All below the port, and the matcher's, is for the area generator (`sam` ...)."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_DETECTION_")

    port: int = Field(default=8101, ge=0, le=65535)
    sam_weights: str = Field(
        default="",
        description="A folder or owner/name[@revision] on the hub; for `sam` also a .safetensors file or "
        "owner/name[@revision]:file. Empty: facebook/sam-vit-huge, facebook/sam2.1-hiera-large for `sam2`, "
        "facebook/sam3 for `sam3`.",
    )
    sam_model: str = Field(default="", description="vit_b, vit_l or vit_h, to refuse a file of another size.")
    sam_points: int = Field(default=32, ge=1, le=128, description="Point prompts a side of the grid.")
    sam_iou: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="Predicted IoU that a mask must exceed; null: 0.88; for `sam2` and `sam3` 0.8.",
    )
    sam_stability: float = Field(default=0.95, ge=0, le=1, description="Stability that a mask must reach.")
    sam_images: int = Field(default=2, ge=1, le=64, description="Images encoded at once.")
    sam_prompts: int = Field(default=128, ge=1, le=4096, description="Point prompts decoded at once.")
    grounding_weights: str = Field(
        default="openmmlab-community/mm_grounding_dino_base_all", description="Of `grounding_dino`: as sam_weights."
    )
    noun_prompts: int = Field(
        default=2, ge=1, le=64, description="Nouns that `sam3` or `grounding_dino` reads at once."
    )
    embedder: str = Field(default="open_clip", description="open_clip (the paper's), siglip2, dinov2 or dinov3.")
    embedder_weights: str = Field(
        default="", description="Of an embedder but open_clip: a folder, or owner/name[@revision]. Empty: the base one."
    )
    embedder_thresholds: dict[str, float] = Field(
        default_factory=dict,
        description="By reason code, as JSON; without them no gate on cosines fires with an embedder but open_clip.",
    )
    clip_crops: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="Crops embedded at once, by any embedder; by default 64 on a GPU, 2 on a processor.",
    )
