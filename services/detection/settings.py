"""Settings of the detection service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.matching.settings import MatcherSettings


class DetectionSettings(MatcherSettings):
    """Prefix IMGDIFF_DETECTION_. Everything below the port, and the matcher's, is for the area generator (`sam`)."""

    model_config = SettingsConfigDict(env_prefix="IMGDIFF_DETECTION_")

    port: int = Field(default=8101, ge=0, le=65535)
    sam_model: str = Field(default="vit_h", description="vit_b, vit_l or vit_h.")
    sam_weights: str = Field(default="", description="A .safetensors file, or owner/name[@revision][:file] on the hub.")
    sam_points: int = Field(default=32, ge=1, le=128, description="Point prompts a side of the grid.")
    sam_iou: float = Field(default=0.88, ge=-1, le=1, description="Predicted IoU that a mask must exceed.")
    sam_stability: float = Field(default=0.95, ge=0, le=1, description="Stability that a mask must reach.")
    sam_images: int = Field(default=2, ge=1, le=64, description="Images encoded at once.")
    sam_prompts: int = Field(default=128, ge=1, le=4096, description="Point prompts decoded at once.")
    clip_crops: int = Field(default=64, ge=1, le=4096, description="Crops embedded at once.")
