"""The settings name the engine: what is known, what is missing, and the whole path on tiny weights."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from imgdiff.images import encode_png
from imgdiff.stages import Captioning, CaptioningRequest, DetectedRegion
from services.captioning import app
from services.captioning.engine import create_engine
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.captioning.two_stages.presence import PresenceQuestion
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.captioning.backends.model_server import ModelServer
from tests.services.gpu.noun_folders import write_grounding_dino

UNMOVED = {"applied": False, "model": "identity", "matrix": np.eye(3).tolist(), "score": 1.0}
ON_A_SERVER = {"backend": "openai", "openai_url": "http://127.0.0.1:9/v1", "openai_model": "vlm"}
EMBEDDED_MATCHER = {**ON_A_SERVER, "matcher": "embedded"}


@pytest.fixture(scope="module")
def work() -> CaptionWork:
    one, two = (np.random.default_rng(seed).integers(0, 256, (60, 90, 3), np.uint8) for seed in (1, 2))
    regions = [DetectedRegion(box=box, difference=0.5, kept=True) for box in ((5, 5, 30, 30), (40, 10, 80, 50))]
    asked = {"alignment": UNMOVED, "verdict": "different", "regions": regions, "policy": "describe"}
    return CaptionWork(one, two, CaptioningRequest.model_validate(asked))


@pytest.mark.parametrize("mode", ["itc", "itm"])
def test_transformers_and_blip_caption_a_pair_from_their_folders(
    vlm: Callable[[str], Path], blip_folder: Path, clip_file: Path, work: CaptionWork, mode: str
) -> None:
    settings = CaptioningSettings(
        backend="transformers",
        vlm=str(vlm("llava-next")),
        vlm_dtype="float32",
        vlm_prompts=4,
        matcher="blip",
        blip_weights=str(blip_folder),
        blip_mode=mode,
        clip_model="tiny-text",
        clip_weights=str(clip_file),
        threads=1,
    )
    metrics = ServiceMetrics("captioning")
    engine = create_engine(settings, metrics)
    engine.warm_up()
    (answer,) = engine.run([Ticket(work)])

    assert isinstance(answer, Captioning), answer
    assert (engine.backend, engine.device) == ("transformers", "cpu")
    assert [model.name.rpartition(" ")[2] for model in engine.models[1:3]] == [f"({mode})", "clip.safetensors"]
    assert answer.parameters["caption.mismatch"] == {"itc": 0.4, "itm": 0.5}[mode]
    for region in answer.regions:  # random weights never come to an end
        assert (region.caption, region.check.objections[0].code) == (None, "text.too_long")
    assert b'imgdiff_tokens_total{kind="completion",service="captioning"} 0' not in metrics.exposition()


def test_a_server_and_the_embedded_matcher_caption_a_pair_and_count_what_it_cost(
    loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]], work: CaptionWork
) -> None:
    server = ModelServer()
    server.mode = "mean"
    metrics = ServiceMetrics("captioning")
    with loopback(server.app) as client:
        settings = CaptioningSettings(
            backend="openai",
            matcher="embedded",
            openai_url=str(client.base_url.join("/v1")),
            openai_model="vlm",
            openai_price_prompt=2,
            openai_price_completion=10,
            verifiers=(),
            threads=1,
        )
        engine = create_engine(settings, metrics)
        engine.warm_up()
        assert server.bodies == []
        (answer,) = engine.run([Ticket(work)])
        engine.networks.writer.close()

    assert isinstance(answer, Captioning), answer
    assert engine.models[0].name == "vlm"
    assert answer.parameters["caption.mismatch"] == 0.25
    assert all(region.label1 and region.scores.text_match1 is not None for region in answer.regions)
    told = metrics.exposition().decode()
    assert 'imgdiff_tokens_total{kind="prompt",service="captioning"} 600.0' in told
    assert 'imgdiff_cost_total{service="captioning"} 0.0024' in told
    assert 'imgdiff_captions_total{outcome="repaired",service="captioning"} 2.0' in told  # there is nothing but noise
    assert all(region.caption and "cup" not in region.caption for region in answer.regions)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"backend": "nonsense"}, "unknown backend 'nonsense'; known: embedded, openai, transformers"),
        ({**ON_A_SERVER, "matcher": "nonsense"}, "MATCHER 'nonsense'; known: blip, embedded, open_clip"),
        ({"backend": "openai"}, "IMGDIFF_CAPTIONING_OPENAI_URL"),
        ({"backend": "openai", "openai_url": "http://vlm/v1"}, "IMGDIFF_CAPTIONING_OPENAI_MODEL"),
        ({**ON_A_SERVER, "openai_url": "vlm:8000"}, "no http address"),
        ({**ON_A_SERVER, "openai_url": "http://vlm:8000v1"}, "no http address"),
        ({"backend": "transformers", "vlm": "nonsense"}, "VLM 'nonsense'; known: llava-next, qwen3-vl"),
        ({"backend": "transformers", "vlm": "/no/such"}, "IMGDIFF_CAPTIONING_VLM must name a folder"),
        ({**ON_A_SERVER, "blip_weights": "/no/such"}, "IMGDIFF_CAPTIONING_BLIP_WEIGHTS must name a folder"),
        ({**ON_A_SERVER, "matcher": "open_clip", "clip_weights": "/no/such"}, "IMGDIFF_CAPTIONING_CLIP_WEIGHTS"),
        (
            {**EMBEDDED_MATCHER, "verifiers": ("me",)},
            "VERIFIERS: 'me'; known: grounding_dino, openai, sam3, transformers, writer",
        ),
        ({**EMBEDDED_MATCHER, "verifiers": ("openai",)}, "IMGDIFF_CAPTIONING_VERIFIER_OPENAI_URL"),
        ({**EMBEDDED_MATCHER, "verifiers": ("transformers",)}, "IMGDIFF_CAPTIONING_VERIFIER_VLM ''; known: llava-next"),
    ],
)
def test_what_is_unknown_or_missing_is_named(given: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        create_engine(CaptioningSettings(**given))


@pytest.mark.parametrize(
    ("given", "package", "what"),
    [
        ({"backend": "transformers"}, "transformers", "backend 'transformers'"),
        (ON_A_SERVER, "transformers", "matcher 'blip'"),
        ({**ON_A_SERVER, "matcher": "open_clip"}, "open_clip", "matcher 'open_clip'"),
        ({**ON_A_SERVER, "matcher": "open_clip"}, "torch", "matcher 'open_clip'"),
    ],
)
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, given: dict, package: str, what: str
) -> None:
    for name in [
        name
        for name in sys.modules
        if name.startswith(("services.captioning.backends.", "services.gpu.", "services.matching.backends."))
    ]:
        if not name.endswith((".language", ".embedded", ".openai_server")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=rf"{what} needs the extra `gpu` .*{package}"):
        create_engine(CaptioningSettings(**given))


def test_a_server_and_the_embedded_matcher_need_no_torch() -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys(("torch", "transformers", "open_clip", "torchvision")))
from services.captioning import app
from services.captioning.engine import create_engine
from services.captioning.settings import CaptioningSettings
engine = create_engine(CaptioningSettings(matcher="embedded", **{ON_A_SERVER}))
engine.warm_up()
print(engine.backend)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout.strip()) == (0, "openai"), result.stderr


def _posted(client: httpx.Client, work: CaptionWork) -> httpx.Response:
    files = {"image1": encode_png(work.image1), "image2": encode_png(work.image2)}
    return client.post("/caption", files=files, data={"request": work.request.model_dump_json()})


def test_a_pair_is_captioned_over_http_and_a_server_that_is_away_is_a_503_to_try_again(
    loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]],
    work: CaptionWork,
    ready: Callable[[ExitStack, FastAPI], httpx.Client],
) -> None:
    server = ModelServer()
    with ExitStack() as stack:
        url = str(stack.enter_context(loopback(server.app)).base_url.join("/v1"))
        settings = CaptioningSettings(
            backend="openai",
            matcher="embedded",
            openai_url=url,
            openai_model="vlm",
            openai_deadline_seconds=1,
            threads=1,
        )
        client = ready(stack, app.create_app(settings))
        good = _posted(client, work)
        server.headers, server.script = {"Retry-After": "11"}, [503] * 99
        away = _posted(client, work)

    assert good.status_code == 200
    assert Captioning.model_validate_json(good.content).regions[0].label1 == "cup"
    assert (away.status_code, away.headers["retry-after"]) == (503, "11")
    assert away.json()["type"].endswith("service-unavailable")


def test_another_model_on_a_server_is_an_independent_verifier_and_the_writers_own_is_none() -> None:
    other = {"verifier_openai_url": "http://127.0.0.1:9/v1", "verifier_openai_model": "other"}
    given = {**EMBEDDED_MATCHER, **other, "verifiers": ("writer", "openai"), "threads": 1}
    engine = create_engine(CaptioningSettings(**given))

    assert engine.networks.independent == (False, True)
    assert [model.name for model in engine.models if model.version == "unknown"] == ["vlm", "other"]
    assert create_engine(CaptioningSettings(**given, verify=False)).networks.sources == ()


def test_a_detector_of_nouns_is_an_independent_verifier(tmp_path: Path) -> None:
    weights = str(write_grounding_dino(tmp_path))
    given = {**EMBEDDED_MATCHER, "verifiers": ("writer", "grounding_dino"), "grounding_weights": weights, "threads": 1}
    engine = create_engine(CaptioningSettings.model_validate(given))
    question = PresenceQuestion(np.zeros((50, 50, 3), np.uint8), (0, 0, 50, 50), "dog")

    assert engine.networks.independent == (False, True)
    assert engine.networks.sources[1].find([question])[0] in {True, False, None}


def test_the_settings_do_not_show_the_key() -> None:
    assert "sk-secret" not in repr(CaptioningSettings(openai_key="sk-secret"))
