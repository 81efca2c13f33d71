"""A rewriter that exchanges the word `cat` and refuses everything else."""

from collections.abc import Sequence

from imgdiff.records import ModelUse, Operation, Reason
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder

USE = ModelUse(stage="editing", name="scripted", version="1", sha256="0" * 64, licence="Apache-2.0")


class ScriptedRewriter:
    """See `Rewriter`; the orders it was given are kept."""

    models = (USE,)

    def __init__(self) -> None:
        self.orders: list[RewriteOrder] = []

    def rewrite(self, orders: Sequence[RewriteOrder]) -> list[Rewrite | Reason]:
        """See `Rewriter`."""
        self.orders += orders
        return [_rewritten(order) for order in orders]


def _rewritten(order: RewriteOrder) -> Rewrite | Reason:
    if "cat" not in order.caption:
        return Reason(code="edit.target_not_found")
    after = None if order.operation is Operation.REMOVE else order.replacement or "dog"
    return Rewrite(order.caption, order.caption.replace("cat", after or "nothing"), "cat", after)
