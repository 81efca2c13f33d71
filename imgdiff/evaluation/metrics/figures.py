"""The figures that papers on difference captions print, each with the exact variant that is computed."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from nltk.translate.meteor_score import meteor_score
from sacrebleu.metrics.bleu import BLEU

from imgdiff.evaluation.metrics.cider import cider_d
from imgdiff.evaluation.metrics.rouge import rouge_l
from imgdiff.evaluation.metrics.tokens import split_words
from imgdiff.evaluation.report import Figure

_TOKENS = "words split as in the Penn Treebank by NLTK, lower case, without COCO's list of punctuation"


class _NoSynonyms:
    """In place of WordNet, whose files are not shipped with NLTK."""

    def synsets(self, _: str) -> tuple[()]:
        return ()


def measure(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[Figure, ...]:
    """The figures, times 100, of one sentence a sample against its references; an empty sentence is wrong."""
    told = [split_words(sentence) for sentence in candidates]
    right = [[split_words(sentence) or sentence.split() for sentence in several] for several in references]
    sacrebleu, nltk = version("sacrebleu"), version("nltk")
    return (
        Figure(
            name="BLEU-4",
            value=_bleu(told, right),
            variant=f"corpus BLEU of 1 to 4 words, closest reference length, no smoothing; sacreBLEU {sacrebleu}; "
            f"{_TOKENS}",
            comparable="with coco-caption's Bleu_4 but for the splitting into words",
        ),
        Figure(
            name="METEOR-2005",
            value=_meteor(told, right),
            variant=f"METEOR of 2005 (alpha 0.9, beta 3, gamma 0.5) with equal words and equal Porter stems, without "
            f"synonyms and paraphrases; NLTK {nltk}; {_TOKENS}",
            comparable="with no published figure: papers print METEOR 1.5, with synonyms and paraphrases, in Java",
        ),
        Figure(
            name="ROUGE-L",
            value=round(100 * rouge_l(told, right), 2),
            variant=f"coco-caption's formula (beta 1.2, best precision and recall); {_TOKENS}",
            comparable="with coco-caption's ROUGE_L but for the splitting into words",
        ),
        Figure(
            name="CIDEr-D",
            value=round(100 * cider_d(told, right), 2),
            variant=f"CIDEr-D (1 to 4 words, sigma 6), rarity from this file's references; {_TOKENS}",
            comparable="with coco-caption's CIDEr times 100 on the same samples, but for the splitting into words",
        ),
    )


def _bleu(told: Sequence[Sequence[str]], right: Sequence[Sequence[Sequence[str]]]) -> float:
    most = max(map(len, right))
    # Each stream has one reference a sample; null where it has fewer. sacreBLEU's types do not know of the null.
    streams: list[list[Any]] = [
        [" ".join(several[n]) if n < len(several) else None for several in right] for n in range(most)
    ]
    scorer = BLEU(tokenize="none", smooth_method="none", force=True)
    score: float = scorer.corpus_score([" ".join(words) for words in told], streams).score
    return round(score, 2)


def _meteor(told: Sequence[Sequence[str]], right: Sequence[Sequence[Sequence[str]]]) -> float:
    scores = [
        meteor_score(several, words, wordnet=_NoSynonyms()) if words else 0.0
        for words, several in zip(told, right, strict=True)
    ]
    return round(100 * sum(scores) / len(scores), 2)
