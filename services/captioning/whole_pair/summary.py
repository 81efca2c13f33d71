"""The caption of a pair: what differs as a whole, then its regions, in the words of its verdict."""

from collections.abc import Sequence

from imgdiff.pair_changes import PairChange
from imgdiff.records import Verdict

SAME = "No difference was found between the two images."
NOTHING_ELSE = "No other difference was found."
UNRELATED = "The two images do not show the same scene."
UNDETERMINED = "Whether the two images differ could not be determined."


def summarise_pair(verdict: Verdict, changes: Sequence[PairChange], regions: str | None, *, kept: bool) -> str | None:
    """One text; null without any. `regions` are the sentences of the regions that are `kept`, null without any."""
    if verdict is Verdict.UNRELATED:
        return UNRELATED
    texts = [change.text for change in changes]
    match verdict:
        case Verdict.UNDETERMINED:
            texts.append(UNDETERMINED)
        case Verdict.DIFFERENT if kept:
            texts += [] if regions is None else [regions]
        case _:
            texts.append(NOTHING_ELSE if texts else SAME)
    return " ".join(texts) or None
