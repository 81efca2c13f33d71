"""Prompt-to-Prompt's attention in a UNet, through torch's fused kernels and without any map in memory.

A batch contains the two images of N pairs, in this order: with guidance N bases and N edits without their prompt, then
always N bases and N edits with it; only the last N rows, the edits with their prompt, are changed.

An edit with the base's self-attention is attention with the base's queries and keys and the edit's own values. If the
edit's maps are P @ lent + Q * own (P the base's, Q its own, see `plans`), its result is
(P @ lent + Q * own) @ V = P @ (lent @ V) + Q @ (own * V): attention again, twice, with other values. The map of chosen
tokens is attention with a value of 1 at these tokens and 0 at the others.
"""

from collections.abc import Sequence

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch.nn.functional import scaled_dot_product_attention

from services.editing.backends.sdxl.local_blend import LocalBlend
from services.editing.generation.prompt_to_prompt.plans import PairPlan


class SharedAttention:
    """What the bases of a batch lend at its current step; read by every layer's processor.

    In layers of more than `largest_map` tokens self-attention stays the edit's own, and `blend` gets no map.
    """

    def __init__(
        self,
        plans: Sequence[PairPlan],
        steps: int,
        device: torch.device,
        dtype: torch.dtype,
        *,
        largest_map: int,
        blend: LocalBlend | None = None,
    ) -> None:
        self.pairs = len(plans)
        self.bases, self.edits = slice(-2 * self.pairs, -self.pairs), slice(-self.pairs, None)
        self.largest_map = largest_map
        self.blend = blend
        self._plans, self._steps = plans, steps
        self._device, self._dtype = device, dtype
        self._current: object = None
        self.begin(0)

    def begin(self, step: int) -> None:
        """Set what is lent at this step."""
        lending = [number for number, plan in enumerate(self._plans) if step < plan.self_until(self._steps)]
        made = [plan.lending(step, self._steps) for plan in self._plans]
        state = (lending, [array.tobytes() for pair in made for array in pair])
        if state == self._current:
            return  # sending it to the device again would wait for the device
        self._current = state
        self.lent = self._tensor([lent for lent, _ in made])[:, None]  # N x 1 x 77 (base) x 77 (edit)
        self.own = self._tensor([own for _, own in made])[:, None, :, None]  # N x 1 x 77 x 1
        borrows = [number in lending for number in range(self.pairs)]
        self.borrows = torch.tensor(borrows, device=self._device)[:, None, None, None]  # N x 1 x 1 x 1
        self.any_borrows = bool(lending)

    def _tensor(self, rows: Sequence[object]) -> torch.Tensor:
        return torch.stack([torch.as_tensor(row) for row in rows]).to(self._device, self._dtype)


class PairAttention:
    """The attention processor of one layer; plain attention while no batch of pairs is set."""

    def __init__(self, layers: "PairLayers", *, cross: bool) -> None:
        self._layers, self._cross = layers, cross

    def __call__(
        self,
        attn: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,  # noqa: ARG002
        temb: torch.Tensor | None = None,  # noqa: ARG002
    ) -> torch.Tensor:
        """See diffusers' `AttnProcessor2_0`; SDXL's attention layers have no masks and no norms."""
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            part.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        )
        shared = self._layers.shared
        if shared is None:
            attended = scaled_dot_product_attention(query, key, value)
        elif self._cross:
            attended = _cross_attention(query, key, value, shared)
        else:
            attended = _self_attention(query, key, value, shared)
        projected: torch.Tensor = attn.to_out[0](attended.transpose(1, 2).flatten(2))
        return projected


class PairLayers:
    """All attention layers of one UNet; `shared` is of the batch that they compute, or None."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self.shared: SharedAttention | None = None
        processors = {name: PairAttention(self, cross=".attn2." in name) for name in unet.attn_processors}
        unet.set_attn_processor(processors)


def _self_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, shared: SharedAttention
) -> torch.Tensor:
    if shared.any_borrows and query.shape[2] <= shared.largest_map:
        bases, edits = shared.bases, shared.edits
        query[edits] = torch.where(shared.borrows, query[bases], query[edits])
        key[edits] = torch.where(shared.borrows, key[bases], key[edits])
    return scaled_dot_product_attention(query, key, value)


def _cross_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, shared: SharedAttention
) -> torch.Tensor:
    """All rows are computed at all steps, whatever is lent, so no result depends on the plans of other pairs."""
    bases, edits = shared.bases, shared.edits
    lent = shared.lent @ value[edits]
    value[edits] *= shared.own
    attended = scaled_dot_product_attention(query, key, value)
    attended[edits] += scaled_dot_product_attention(query[bases], key[bases], lent)
    if shared.blend is not None and query.shape[2] <= shared.largest_map:
        shared.blend.add(query[bases.start :], key[bases.start :])
    return attended
