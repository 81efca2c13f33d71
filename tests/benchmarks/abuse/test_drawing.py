"""Broken requests and images: the same for the same seed, and each answered; the whole of them is `make fuzz`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks.abuse.trial import refusal
from benchmarks.abuse.uploads import PLACES, draw_images, send_image
from benchmarks.abuse.wire.drawing import KINDS, draw_abuses
from benchmarks.abuse.wire.request import Target
from benchmarks.abuse.wire.sending import send
from benchmarks.abuse.wire.trying import judge
from benchmarks.local_gateway import run_gateway

GOOD = (Path(__file__).parents[3] / "examples" / "before.jpg").read_bytes()
EVERY_KIND = sum(map(len, KINDS.values()))
CRAFTED = 82  # images that are not drawn; some take 10 s each, which a short test has not


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway's address; it stores jobs, and nobody runs them."""
    folder = tmp_path_factory.mktemp("gateway")
    with run_gateway(f"sqlite:///{folder}/imgdiff.db", folder / "assets") as (url, _):
        yield url


def _target(url: str) -> Target:
    with httpx.Client(base_url=url, timeout=60) as http:
        asset = http.post("/v1/assets", files={"image": GOOD}).json()["id"]
        job = http.post("/v1/difference-captions", files={"image1": GOOD, "image2": GOOD}).json()["id"]
        batch = http.post("/v1/batches", content=b"", headers={"Upload-Complete": "?0"}).json()["id"]
        http.post("/v1/datasets", json={"name": "default"})
    return Target(urlsplit(url).netloc, asset, job, "rec_" + "0" * 32, batch, GOOD)


def test_the_same_seed_draws_the_same() -> None:
    target = Target("127.0.0.1", "sha256:0", "job_0", "rec_0", "bat_0", GOOD)
    first, again, other = (list(draw_abuses(target, 2 * EVERY_KIND, seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert {group for group, _ in first} == set(KINDS)


@pytest.mark.slow
def test_one_of_every_broken_request_is_answered_or_refused(gateway: str) -> None:
    address = urlsplit(gateway)
    abuses = [abuse for _, abuse in draw_abuses(_target(gateway), EVERY_KIND, 3)]

    with ThreadPoolExecutor(8) as pool:
        endings = pool.map(lambda one: send((str(address.hostname), int(address.port or 0)), one), abuses)
        wrong = [(abuse.name, judge(abuse, ending)) for abuse, ending in zip(abuses, endings, strict=True)]

    assert [one for one in wrong if one[1] is not None] == []
    assert httpx.get(f"{gateway}/livez").is_success


@pytest.mark.slow
def test_sixty_damaged_images_are_stored_or_refused(gateway: str) -> None:
    with httpx.Client(base_url=gateway, timeout=60) as http:
        for number, (name, data) in enumerate(list(draw_images(CRAFTED + 600))[CRAFTED::10]):
            answer = send_image(http, PLACES[number % len(PLACES)], data, GOOD)
            assert refusal(answer) is None, name
            assert answer.status_code in (201, 202, 422), name
