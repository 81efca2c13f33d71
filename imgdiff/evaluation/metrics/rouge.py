"""ROUGE-L as COCO's evaluation has it: the longest common subsequence of words."""

from collections.abc import Sequence

Words = Sequence[str]
_BETA = 1.2  # how much recall counts against precision; COCO's evaluation (Chen et al. 2015), section 3.2


def rouge_l(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    """The mean over all samples of F, 0..1, from the best precision and the best recall over a sample's references."""
    return sum(map(_score, candidates, references)) / len(candidates)


def _score(candidate: Words, references: Sequence[Words]) -> float:
    common = [_longest_common(candidate, reference) for reference in references]
    if not any(common):
        return 0.0
    precision = max(common) / len(candidate)
    recall = max(shared / len(reference) for shared, reference in zip(common, references, strict=True) if shared)
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _longest_common(one: Words, two: Words) -> int:
    """Words of the longest common subsequence."""
    row = [0] * (len(two) + 1)
    for word in one:
        above = row
        row = [0]
        for number, other in enumerate(two):
            row.append(above[number] + 1 if word == other else max(above[number + 1], row[-1]))
    return row[-1]
