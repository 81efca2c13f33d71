"""The figures that papers on difference captions print, each with the exact variant that is computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from nltk.translate.meteor_score import meteor_score
from sacrebleu.metrics.bleu import BLEU

from imgdiff.evaluation.metrics.cider import cider_d
from imgdiff.evaluation.metrics.rouge import rouge_l
from imgdiff.evaluation.metrics.tokens import split_words
from imgdiff.evaluation.report import Figure

Words = Sequence[str]
_TOKENS = "words split as in the Penn Treebank by NLTK, lower case, without COCO's list of punctuation"
_BUT_FOR = "but for the splitting into words"


@dataclass(frozen=True)
class _Metric:
    name: str
    score: Callable[[Sequence[Words], Sequence[Sequence[Words]]], float]
    variant: str
    comparable: str


class _NoSynonyms:
    """In place of WordNet, whose files are not shipped with NLTK."""

    def synsets(self, _: str) -> tuple[()]:
        return ()


def measure(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[Figure, ...]:
    """The figures, times 100, of one sentence a sample against its references; an empty sentence is wrong."""
    words = [split_words(sentence) for sentence in candidates]
    right = [[split_words(sentence) or sentence.split() for sentence in several] for several in references]
    return tuple(
        Figure(
            name=metric.name,
            value=round(100 * metric.score(words, right), 2),
            variant=f"{metric.variant}; {_TOKENS}",
            comparable=metric.comparable,
        )
        for metric in _METRICS
    )


def _bleu(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    most = max(map(len, references))
    # Each stream has one reference a sample; null where it has fewer. sacreBLEU's types do not know of the null.
    streams: list[list[Any]] = [
        [" ".join(several[n]) if n < len(several) else None for several in references] for n in range(most)
    ]
    scorer = BLEU(tokenize="none", smooth_method="none", force=True)
    percent: float = scorer.corpus_score([" ".join(words) for words in candidates], streams).score
    return percent / 100


def _meteor(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    scores = [
        meteor_score(several, words, wordnet=_NoSynonyms()) if words else 0.0
        for words, several in zip(candidates, references, strict=True)
    ]
    return sum(scores) / len(scores)


_METRICS = (
    _Metric(
        "BLEU-4",
        _bleu,
        f"corpus BLEU of 1 to 4 words, closest reference length, no smoothing; sacreBLEU {version('sacrebleu')}",
        f"with coco-caption's Bleu_4 {_BUT_FOR}",
    ),
    _Metric(
        "METEOR-2005",
        _meteor,
        "METEOR of 2005 (alpha 0.9, beta 3, gamma 0.5) with equal words and equal Porter stems, without synonyms and "
        f"paraphrases; NLTK {version('nltk')}",
        "with no published figure: papers print METEOR 1.5, with synonyms and paraphrases, in Java",
    ),
    _Metric(
        "ROUGE-L",
        rouge_l,
        "coco-caption's formula (beta 1.2, best precision and recall)",
        f"with coco-caption's ROUGE_L {_BUT_FOR}",
    ),
    _Metric(
        "CIDEr-D",
        cider_d,
        "CIDEr-D (1 to 4 words, sigma 6), rarity from this file's references",
        f"with coco-caption's CIDEr times 100 on the same samples, {_BUT_FOR}",
    ),
)
