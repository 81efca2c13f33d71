"""CIDEr-D (Vedantam et al., CVPR 2015): n-grams weighted by how rare they are among the references of all samples."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

Words = Sequence[str]
Ngram = tuple[str, ...]
_LENGTHS = range(1, 5)  # words of n-grams; this and the next: the paper's section 4
_SIGMA = 6.0  # words, of the penalty for another length
_SCALE = 10.0  # of CIDEr-D, so that it has CIDEr's range


def cider_d(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    """The mean over all samples, 0..10; each sample has one candidate and one or more references."""
    counted = [[_count(reference) for reference in several] for several in references]
    rarity = _Rarity(counted)
    scores = [
        sum(_similarity(rarity, candidate, reference) for reference in several) / len(several)
        for candidate, several in zip(map(_count, candidates), counted, strict=True)
    ]
    return _SCALE * sum(scores) / len(scores)


class _Rarity:
    """The logarithm of samples over samples that contain an n-gram; an unknown n-gram is as rare as one in one."""

    def __init__(self, references: Sequence[Sequence[Counter[Ngram]]]) -> None:
        self._samples: Counter[Ngram] = Counter()
        for several in references:
            self._samples.update(set().union(*several))
        self._all = math.log(len(references))

    def weigh(self, counts: Counter[Ngram], length: int) -> dict[Ngram, float]:
        """Weights of the n-grams of one length."""
        chosen = ((ngram, count) for ngram, count in counts.items() if len(ngram) == length)
        return {ngram: count * (self._all - math.log(max(1, self._samples[ngram]))) for ngram, count in chosen}


def _similarity(rarity: _Rarity, candidate: Counter[Ngram], reference: Counter[Ngram]) -> float:
    """Mean over the lengths of n-grams, with counts clipped to the reference's and a penalty for another length."""
    # Bigrams are counted for the length, as in the published implementation, whose figures papers give.
    difference = _total(candidate, 2) - _total(reference, 2)
    penalty = math.exp(-(difference**2) / (2 * _SIGMA**2))
    return penalty * sum(_cosine(rarity, candidate, reference, length) for length in _LENGTHS) / len(_LENGTHS)


def _cosine(rarity: _Rarity, candidate: Counter[Ngram], reference: Counter[Ngram], length: int) -> float:
    one, two = rarity.weigh(candidate, length), rarity.weigh(reference, length)
    norms = math.hypot(*one.values()) * math.hypot(*two.values())
    clipped = sum(min(weight, two.get(ngram, 0.0)) * two.get(ngram, 0.0) for ngram, weight in one.items())
    return clipped / norms if norms else 0.0


def _count(words: Words) -> Counter[Ngram]:
    return Counter(ngram for length in _LENGTHS for ngram in _ngrams(words, length))


def _ngrams(words: Words, length: int) -> Iterator[Ngram]:
    return zip(*(words[start:] for start in range(length)), strict=False)


def _total(counts: Counter[Ngram], length: int) -> int:
    return sum(count for ngram, count in counts.items() if len(ngram) == length)
