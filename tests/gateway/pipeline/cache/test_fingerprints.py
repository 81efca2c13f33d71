"""Equal requests have one fingerprint; whatever differs gives another."""

import pytest

from gateway.pipeline.cache.fingerprints import fingerprint
from imgdiff.jobs import StageName
from imgdiff.stages import DetectionRequest

_IMAGES = [("image1", f"sha256:{1:064x}"), ("image2", f"sha256:{2:064x}")]
_ASKED = ("default", StageName.DETECTION, "a" * 64, DetectionRequest(max_regions=3), _IMAGES)


def test_the_same_request_has_the_same_fingerprint() -> None:
    again = ("default", StageName.DETECTION, "a" * 64, DetectionRequest(max_regions=3), list(_IMAGES))

    assert fingerprint(*again) == fingerprint(*_ASKED)


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (0, "acme"),
        (1, StageName.CAPTIONING),
        (2, "b" * 64),
        (3, DetectionRequest(max_regions=4)),
        (4, list(reversed(_IMAGES))),
        (4, [("image1", f"sha256:{1:064x}"), ("image2", f"sha256:{3:064x}")]),
    ],
)
def test_whatever_differs_gives_another_fingerprint(place: int, other: object) -> None:
    asked = [*_ASKED[:place], other, *_ASKED[place + 1 :]]

    assert fingerprint(*asked) != fingerprint(*_ASKED)


def test_another_version_gives_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(*_ASKED)

    monkeypatch.setattr("gateway.pipeline.cache.fingerprints.__version__", "99.0.0")

    assert fingerprint(*_ASKED) != before
