"""A rewriter that exchanges the word `cat` and refuses everything else."""

from collections.abc import Sequence

from imgdiff.records import ModelUse, Operation, Reason
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest

USE = ModelUse(stage="editing", name="scripted", version="1", sha256="0" * 64, licence="Apache-2.0")


class ScriptedRewriter:
    """See `Rewriter`; it keeps the requests."""

    models = (USE,)

    def __init__(self) -> None:
        self.requests: list[RewriteRequest] = []

    def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
        """See `Rewriter`."""
        self.requests += requests
        return [_rewrite(request) for request in requests]


def _rewrite(request: RewriteRequest) -> Rewrite | Reason:
    if "cat" not in request.caption:
        return Reason(code="edit.target_not_found")
    after = None if request.operation is Operation.REMOVE else request.replacement or "dog"
    return Rewrite(request.caption, request.caption.replace("cat", after or "nothing"), "cat", after)
