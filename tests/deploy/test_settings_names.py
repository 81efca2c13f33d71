"""Every setting that a deployment names exists in the code."""

import re
from pathlib import Path

from gateway.settings import GatewaySettings
from imgdiff.client.settings import ClientSettings
from imgdiff.jobs import StageName
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.editing.settings import EditingSettings
from services.serving.settings import ServiceSettings

MODELS = {  # of the weight files, in every process
    "IMGDIFF_MODELS_DIR",
    "IMGDIFF_OFFLINE",
    "IMGDIFF_INDEX_URL",
    "IMGDIFF_VERIFY_WEIGHTS",
}
DEPLOYED = (
    "gateway/Dockerfile",
    "services/Dockerfile",
    "docker-compose*.yml",
    ".env.example",
    "k8s/**/*.yaml",
    "k8s/**/*.example",
    "docs/deployment.md",
    "imgdiff/backends/*.*",
)


def _known() -> set[str]:
    gateway = {f"IMGDIFF_GATEWAY_{name.upper()}" for name in GatewaySettings.model_fields}
    fields = ServiceSettings.model_fields
    detection = {f"IMGDIFF_DETECTION_{name.upper()}" for name in DetectionSettings.model_fields}
    captioning = {f"IMGDIFF_CAPTIONING_{name.upper()}" for name in CaptioningSettings.model_fields}
    editing = {f"IMGDIFF_EDITING_{name.upper()}" for name in EditingSettings.model_fields}
    client = {f"IMGDIFF_{name.upper()}" for name in ClientSettings.model_fields}
    return (
        MODELS
        | client
        | gateway
        | detection
        | captioning
        | editing
        | {f"IMGDIFF_{stage.upper()}_{name.upper()}" for stage in StageName for name in fields}
    )


def _named(root: Path) -> set[str]:
    texts = [path.read_text() for pattern in DEPLOYED for path in root.glob(pattern)]
    found = {name for text in texts for name in re.findall(r"IMGDIFF_[A-Z0-9_]+", text)}
    return {name for name in found if not name.endswith("_")}  # the others are prefixes in a sentence


def test_every_setting_that_is_named_exists(root: Path) -> None:
    named = _named(root)

    assert len(named) > 10
    assert named - _known() == set()


def test_the_page_about_deployment_names_every_setting(root: Path) -> None:
    page = (root / "docs/deployment.md").read_text()
    models = (GatewaySettings, ServiceSettings, DetectionSettings, CaptioningSettings, EditingSettings)
    fields = {f"`{name.upper()}`" for settings in models for name in settings.model_fields}

    assert {field for field in fields if field not in page} == set()
