"""A service's revision differs with whatever decides its answers, and is missing where that is not known."""

import pytest

from imgdiff.records import ModelUse
from services.serving.revision import revision_of
from services.serving.settings import ServiceSettings

_MODEL = ModelUse(stage="editing", name="net", version="1", sha256="a" * 64, licence="MIT")


class OwnSettings(ServiceSettings):
    """A service with a setting of its own."""

    guidance: float = 1.0


def _revision(settings: ServiceSettings | None = None, backend: str = "x", *models: ModelUse) -> str | None:
    return revision_of(settings or OwnSettings(), backend, "cpu", models or (_MODEL,))


def test_the_same_service_has_the_same_revision_however_it_is_run() -> None:
    operated = OwnSettings(port=9000, threads=7, max_batch=3, log_level="debug")

    assert _revision(operated) == _revision()


@pytest.mark.parametrize(
    "other",
    [
        _revision(OwnSettings(guidance=2.0)),
        _revision(None, "y"),
        revision_of(OwnSettings(), "x", "cuda", [_MODEL]),
        _revision(None, "x", _MODEL.model_copy(update={"sha256": "b" * 64})),
        _revision(None, "x", _MODEL, _MODEL.model_copy(update={"name": "second"})),
    ],
    ids=["settings", "backend", "device", "weights", "models"],
)
def test_what_decides_an_answer_gives_another_revision(other: str | None) -> None:
    assert other is not None
    assert other != _revision()


def test_another_version_gives_another_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _revision()

    monkeypatch.setattr("services.serving.revision.__version__", "99.0.0")

    assert _revision() != before


def test_a_model_without_a_digest_leaves_none() -> None:
    remote = _MODEL.model_copy(update={"sha256": "unknown"})

    assert _revision(None, "x", _MODEL, remote) is None
    assert revision_of(OwnSettings(), "x", "cpu", ()) is None
