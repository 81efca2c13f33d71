"""Whether the numbers of a funnel add up."""

from itertools import pairwise

from imgdiff.funnel import Flow, Funnel, FunnelStep, Step, Totals


def adds_up(funnel: Funnel) -> None:
    """Raises where they do not."""
    _follow_on(funnel.steps, funnel)
    _whole(funnel.totals)
    assert funnel.totals.asked == funnel.ordered + funnel.given
    assert funnel.steps[-1].pairs.left == funnel.totals.survived == sum(funnel.tries.needed.values())
    assert funnel.steps[-1].regions.left == funnel.regions
    assert funnel.tries.made == funnel.totals.asked + sum(funnel.tries.again.values())
    assert sum(flow.dropped.get(code, 0) for flow in _pairs(funnel) for code in flow.dropped) == funnel.totals.dropped
    if funnel.what_if is not None:
        _follow_on(funnel.what_if.steps, funnel)
        _whole(funnel.what_if.totals)
        assert funnel.what_if.totals.asked == funnel.totals.asked
        assert funnel.what_if.steps[-1].pairs.left == funnel.what_if.totals.survived
        assert funnel.what_if.steps[-1].regions.left == funnel.what_if.regions


def _pairs(funnel: Funnel) -> list[Flow]:
    return [step.pairs for step in funnel.steps]


def _follow_on(steps: tuple[FunnelStep, ...], funnel: Funnel) -> None:
    assert [step.step for step in steps] == list(Step)
    for flows in ([step.pairs for step in steps], [step.regions for step in steps]):
        for flow in flows:
            ended = sum(flow.dropped.values()) + flow.open + flow.failed + flow.cancelled + flow.unknown
            assert flow.entered == flow.left + ended, flow
    pairs, regions = [step.pairs for step in steps], [step.regions for step in steps[2:]]
    assert pairs[0].entered == funnel.ordered
    assert pairs[1].entered == pairs[0].left + funnel.given
    for before, after in [*pairwise(pairs[1:]), *pairwise(regions)]:
        assert after.entered == before.left


def _whole(totals: Totals) -> None:
    parts = totals.survived + totals.dropped + totals.open + totals.failed + totals.cancelled + totals.unknown
    assert totals.asked == parts, totals
