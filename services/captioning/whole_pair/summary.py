"""The caption of a pair: what differs as a whole, then its regions, in the words of its verdict."""

from imgdiff.records import Verdict
from imgdiff.rules.verdicts import is_compared_whole, settle_verdict
from imgdiff.stages import CaptioningRequest

SAME = "No difference was found between the two images."
NOTHING_ELSE = "No other difference was found."
UNRELATED = "The two images do not show the same scene."
UNDETERMINED = "Whether the two images differ could not be determined."
REST_UNDETERMINED = "Whether anything else differs could not be determined."


def summarise_pair(request: CaptioningRequest, regions: str | None, *, kept: bool) -> str | None:
    """One text; null without any. `regions` are the sentences of the regions that are `kept`, null without any.

    That nothing was found is only stated of images that were compared whole, and in which detection found nothing.
    """
    changes, found = request.pair_changes, any(region.kept for region in request.regions)
    verdict = settle_verdict(request.verdict, kept, changes)
    if verdict is Verdict.UNRELATED:
        return UNRELATED
    texts = [change.text for change in changes]
    if kept and verdict is Verdict.DIFFERENT:
        texts += [] if regions is None else [regions]
    elif verdict is Verdict.UNDETERMINED or found or not is_compared_whole(request.reasons):
        texts.append(REST_UNDETERMINED if texts else UNDETERMINED)
    else:
        texts.append(NOTHING_ELSE if texts else SAME)
    return " ".join(texts) or None
