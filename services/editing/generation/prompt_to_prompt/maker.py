"""The pair maker of Prompt-to-Prompt: both images from captions, one or several candidates for a pair."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from imgdiff.records import Operation, Reason
from services.editing.generation.pairs import UNREAD, GeneratedPair, PlannedPair, derive_seed
from services.editing.generation.prompt_to_prompt.pairs import PairRequest, Sampler
from services.editing.generation.prompt_to_prompt.planning import Kind, plan_edit
from services.editing.generation.prompt_to_prompt.plans import PairPlan
from services.editing.generation.prompt_to_prompt.shares import draw_self_shares
from services.editing.generation.prompt_to_prompt.words import Tokenise, is_change_cut_off
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest, ask_for_caption
from services.editing.schema import EditWork


@dataclass(frozen=True)
class Prompting:
    """How attention is shared; see the settings of the same names."""

    kind: Kind = "refine"
    self_share: float = 0.4
    cross_share: float = 1.0
    cross_shares: Mapping[Operation, float] = field(default_factory=dict)
    weight: float = 1.0
    candidates: int = 1


class PromptToPrompt:
    """See `PairMaker`: requests with a caption and no photo."""

    def __init__(self, sample: Sampler, tokenisers: Sequence[Tokenise], prompting: Prompting) -> None:
        self._sample, self._tokenisers, self._prompting = sample, tokenisers, prompting
        self.models, self.candidates = sample.models, prompting.candidates

    def accepts(self, work: EditWork) -> bool:
        """See `PairMaker`."""
        return work.image is None

    def ask(self, work: EditWork) -> RewriteRequest | Reason | None:
        """See `PairMaker`."""
        return ask_for_caption(work.request, derive_seed(work.request, "caption"))

    def plan(
        self, work: EditWork, rewrite: Rewrite | None, cancelled: Callable[[], bool]
    ) -> PlannedPair[PairRequest] | Reason:
        """See `PairMaker`."""
        if rewrite is None or is_change_cut_off(rewrite.caption1, rewrite.caption2, self._tokenisers):
            return UNREAD
        request, chosen = work.request, self._prompting
        nouns, captions = (rewrite.before, rewrite.after), (rewrite.caption1, rewrite.caption2)
        edit = plan_edit(*captions, self._tokenisers, kind=chosen.kind, nouns=nouns, weight=chosen.weight)
        shares = draw_self_shares(chosen.candidates, chosen.self_share, derive_seed(request, "shares"))
        cross = chosen.cross_shares.get(request.operation, chosen.cross_share)
        candidates = tuple(
            PairRequest(*captions, PairPlan(edit, share, cross), derive_seed(request, "noise", number), cancelled)
            for number, share in enumerate(shares)
        )
        parameters = tuple({"p2p.self_share": share, "p2p.cross_share": cross} for share in shares)
        return PlannedPair(captions, nouns, candidates, parameters)

    def make(self, candidates: Sequence[PairRequest]) -> list[GeneratedPair | Reason | None]:
        """See `PairMaker`."""
        return list(self._sample(candidates))

    def warm_up(self) -> list[GeneratedPair | Reason | None]:
        """See `PairMaker`."""
        edit = plan_edit("a cat", "a dog", self._tokenisers, nouns=("cat", "dog"))
        return self.make([PairRequest("a cat", "a dog", PairPlan(edit), 0)])
