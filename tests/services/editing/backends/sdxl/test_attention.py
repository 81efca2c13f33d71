"""Attention without maps is Prompt-to-Prompt's with maps, in exactly the steps and layers meant and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.attention_processor import Attention, AttnProcessor2_0

from services.editing.backends.sdxl.attention import PairAttention, PairLayers
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.generation.prompt_to_prompt.pairs import PairRequest

STEPS = 5
SMALL = Sampling(width=64, height=64, steps=STEPS)  # attention is at 16 x 16 and at 8 x 8
Request = Callable[..., PairRequest]


@dataclass
class Witness:
    """Computes every layer a second and a third time with explicit maps: as the paper says, and without any edit."""

    request: PairRequest
    layers: PairLayers
    step: int = 0
    changed: set[tuple[int, bool, int]] = field(default_factory=set)
    calls: int = 0

    def watch(self, name: str, inner: PairAttention) -> Callable[..., torch.Tensor]:
        def attend(
            attn: Attention, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None, **_: object
        ) -> torch.Tensor:
            answer = inner(attn, hidden_states, encoder_hidden_states)
            self._judge(attn, hidden_states, encoder_hidden_states, answer, name)
            return answer

        return attend

    def _judge(self, attn: Attention, hidden, context, answer: torch.Tensor, name: str) -> None:
        self.calls += 1
        cross = context is not None
        source = context if cross else hidden
        query, key, value = (
            attn.head_to_batch_dim(part) for part in (attn.to_q(hidden), attn.to_k(source), attn.to_v(source))
        )
        maps = attn.get_attention_scores(query, key).reshape(4, attn.heads, query.shape[1], -1)
        edited = self._edited(maps, cross)
        plain, meant = (self._finished(attn, one, value) for one in (maps, edited))
        torch.testing.assert_close(answer, meant, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(answer[:3], plain[:3], rtol=1e-4, atol=1e-5)
        if not torch.allclose(answer[3], plain[3], rtol=1e-4, atol=1e-5):
            self.changed.add((self.step, cross, query.shape[1]))

    def _edited(self, maps: torch.Tensor, cross: bool) -> torch.Tensor:
        """The paper's rules, for the map of the edit with its prompt, the last row; the base's is the one before."""
        result, plan = maps.clone(), self.request.plan
        if not cross:
            if self.step < int(plan.self_share * STEPS) and maps.shape[2] <= 64:
                result[3] = maps[2]
            return result
        if self.step < int(plan.cross_share * STEPS):
            lent = maps[2] @ torch.as_tensor(plan.edit.lent)
            result[3] = torch.where(torch.as_tensor(plan.edit.held).bool(), lent, maps[3])
        result[3] *= torch.as_tensor(plan.edit.weights)
        return result

    def _finished(self, attn: Attention, maps: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        attended = attn.batch_to_head_dim(maps.flatten(0, 1) @ value)
        return attn.to_out[0](attended)


@pytest.fixture
def witness(sdxl: StableDiffusionXLPipeline) -> Callable[[PairRequest], Witness]:
    """Runs a request under a witness's eyes."""

    def seen(request: PairRequest) -> Witness:
        sampler = PairSampler(sdxl, SMALL, lambda done, of: setattr(watching, "step", done))
        watching = Witness(request, sampler.layers)
        processors = {name: watching.watch(name, one) for name, one in sdxl.unet.attn_processors.items()}
        for name, module in sdxl.unet.named_modules():
            if isinstance(module, Attention):
                module.processor = processors[f"{name}.processor"]
        sampler.make([request], 1)
        return watching

    return seen


CASES = [
    {"self_share": 0.4, "cross_share": 0.8},
    {"self_share": 1.0, "cross_share": 0.0},
    {"self_share": 0.0, "cross_share": 1.0, "weight": 4.0},
    {"self_share": 0.6, "cross_share": 0.4, "kind": "replace", "caption2": "a photo of a axolotl"},
]


@pytest.mark.parametrize("case", CASES)
def test_attention_is_the_bases_in_exactly_the_steps_and_layers_meant(
    witness: Callable[[PairRequest], Witness], build: Request, case: dict
) -> None:
    seen = witness(build(**case))
    own_until, cross_until = int(case["self_share"] * STEPS), int(case["cross_share"] * STEPS)
    selfs = {(step, False, 64) for step in range(own_until)}
    crosses = {(step, True, tokens) for step in range(STEPS) for tokens in (64, 256)}
    lent = {one for one in crosses if one[0] < cross_until or "weight" in case}

    assert seen.calls == STEPS * 2 * 11  # two of each of the UNet's transformer blocks
    assert seen.changed == selfs | lent


@pytest.mark.parametrize("side", [128, 264])
def test_the_smallest_layers_lend_self_attention_at_any_size(
    sdxl: StableDiffusionXLPipeline, build: Request, side: int
) -> None:
    """As (side / 32) squared tokens of the paper's code: 256 of SDXL at 512 pixels, above 1024 more than 1024."""
    lending = (side // 8) ** 2
    seen: set[tuple[int, bool]] = set()
    sampler = PairSampler(sdxl, Sampling(width=side, height=side, steps=1, guidance=1.0))

    def watch(attn: Attention, given: tuple[torch.Tensor], output: torch.Tensor) -> None:
        base, edit = (AttnProcessor2_0()(attn, given[0][row : row + 1])[0] for row in (0, 1))
        torch.testing.assert_close(output[0], base, rtol=1e-4, atol=1e-5)
        seen.add((given[0].shape[1], torch.allclose(output[1], edit, rtol=1e-4, atol=1e-5)))

    layers = [layer for name, layer in sdxl.unet.named_modules() if name.endswith(".attn1")]
    handles = [layer.register_forward_hook(watch) for layer in layers]
    sampler.make([build(self_share=1.0)], 1)
    for handle in handles:
        handle.remove()

    assert seen == {(lending, False), (4 * lending, True)}


def test_equal_prompts_share_everything_and_change_nothing_of_the_images(
    sdxl: StableDiffusionXLPipeline, build: Request
) -> None:
    sampler = PairSampler(sdxl, SMALL)
    (pair,) = sampler.make([build("a photo of a cat", "a photo of a cat")], 1)

    assert pair is not None
    assert (pair.image1 == pair.image2).all()
    assert pair.image1.std() > 5


def test_without_a_batch_of_pairs_the_layers_are_plain(sdxl: StableDiffusionXLPipeline) -> None:
    rows = torch.randn(2, 4, 32, 32, generator=torch.Generator().manual_seed(0))
    given = {
        "encoder_hidden_states": torch.randn(2, 77, 64, generator=torch.Generator().manual_seed(1)),
        "added_cond_kwargs": {"text_embeds": torch.zeros(2, 32), "time_ids": torch.zeros(2, 6)},
    }
    PairLayers(sdxl.unet)
    with torch.inference_mode():
        ours = sdxl.unet(rows, 10, **given).sample
        sdxl.unet.set_attn_processor(AttnProcessor2_0())
        theirs = sdxl.unet(rows, 10, **given).sample

    assert torch.equal(ours, theirs)
