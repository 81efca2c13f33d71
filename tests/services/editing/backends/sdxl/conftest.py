"""A tiny random SDXL with CLIP's real tokenizers, and pairs of prompts for it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from diffusers import StableDiffusionXLPipeline  # noqa: E402
from diffusers.utils.logging import disable_progress_bar  # noqa: E402
from open_clip import add_model_config, get_tokenizer  # noqa: E402
from transformers.utils.logging import disable_progress_bar as disable_bars  # noqa: E402

from benchmarks.speed.random_sdxl import TINY, pipeline  # noqa: E402
from services.editing.backends.sdxl.clip_scores import ClipScores  # noqa: E402
from services.editing.backends.sdxl.denoising import BatchedSampler  # noqa: E402
from services.editing.backends.sdxl.loading import tokenisers_of  # noqa: E402
from services.editing.generation.generator import PairGenerator  # noqa: E402
from services.editing.generation.judging import Judges  # noqa: E402
from services.editing.generation.prompt_to_prompt.maker import Prompting, PromptToPrompt  # noqa: E402
from services.editing.generation.prompt_to_prompt.pairs import PairRequest  # noqa: E402
from services.editing.generation.prompt_to_prompt.planning import plan_edit  # noqa: E402
from services.editing.generation.prompt_to_prompt.plans import PairPlan  # noqa: E402
from services.gpu.clip import ImageTower, TextTower, build_clip  # noqa: E402
from services.gpu.compute import Batches, compute_on  # noqa: E402
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter  # noqa: E402
from tests.services.editing.backends.sdxl.tiny_generator import SMALL, WEIGHTS, Generator, Watched  # noqa: E402

disable_progress_bar()
disable_bars()
Request = Callable[..., PairRequest]


@pytest.fixture(scope="session")
def sdxl() -> StableDiffusionXLPipeline:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    return pipeline(TINY)


@pytest.fixture(scope="session")
def build(sdxl: StableDiffusionXLPipeline) -> Request:
    """Builds the request for a pair; other arguments are those of its plan."""
    tokenisers = tokenisers_of(sdxl)

    def made(
        caption1: str = "a photo of a cat",
        caption2: str = "a photo of a dog",
        *,
        seed: int = 1,
        nouns: Sequence[str | None] = (None, None),
        kind: str = "refine",
        weight: float = 1.0,
        cancelled: Callable[[], bool] = lambda: False,
        **plan: object,
    ) -> PairRequest:
        edit = plan_edit(caption1, caption2, tokenisers, nouns=tuple(nouns), kind=kind, weight=weight)
        return PairRequest(caption1, caption2, PairPlan(edit, **plan), seed, cancelled)

    return made


@pytest.fixture(scope="session")
def small_sdxl() -> StableDiffusionXLPipeline:
    """With so few words that its files load quickly."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    return pipeline(TINY, vocabulary=1000)


@pytest.fixture(scope="session")
def sdxl_folder(small_sdxl: StableDiffusionXLPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdxl")
    small_sdxl.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a small architecture that OpenCLIP knows from here on."""
    sizes = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    file = tmp_path_factory.mktemp("clip") / "tiny-judge.json"
    file.write_text(json.dumps(sizes))
    add_model_config(file)
    return file.stem


@pytest.fixture
def sampler(sdxl: StableDiffusionXLPipeline) -> Watched:
    return Watched(sdxl, SMALL)


@pytest.fixture(scope="module")
def scores(tiny_clip: str) -> ClipScores:
    torch.manual_seed(7)
    model, compute = build_clip(tiny_clip, prefix=""), compute_on("cpu", 1)
    words = TextTower(model, get_tokenizer(tiny_clip), compute)
    return ClipScores(ImageTower(model, compute), words, use=WEIGHTS, rows=Batches(4, pytest.fail))


@pytest.fixture
def generator(sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores) -> Generator:
    def made(size: int = 2, halved: Callable[[], None] = pytest.fail, **prompting: object) -> PairGenerator:
        chosen = Prompting(**prompting)
        return PairGenerator(
            PromptToPrompt(BatchedSampler(sampler, Batches(size, halved), WEIGHTS), tokenisers_of(sdxl), chosen),
            ScriptedRewriter(),
            Judges(scores if chosen.candidates > 1 else None),
        )

    return made
