"""What the stages are asked about a pair."""

from collections.abc import Sequence

from imgdiff.composition.facts import PairFacts, RequestFacts
from imgdiff.objects.donors import DonorObject
from imgdiff.records import Policy
from imgdiff.stages import AskedObject, CaptioningRequest, Detection, DetectionRequest, EditingRequest


def editing_request(
    request: RequestFacts, index: int, number: int, donors: Sequence[DonorObject], *, drawn: bool
) -> EditingRequest:
    """One pair of a synthesis in the round `number`; `drawn` says that the client named no donor."""
    fields = {} if request.fields is None else request.fields.model_dump()
    position = {"index": index, "round": number, "thresholds": request.options.thresholds}
    return EditingRequest.model_validate({**fields, **position, "donors": tuple(donors), "drawn_donors": drawn})


def detection_request(request: RequestFacts, pair: PairFacts) -> DetectionRequest:
    """The options, and what is known of the objects: captions, and the nouns that an edited caption exchanged.

    An edited photo is compared by its pixels alone, so that detection is evidence of the edit.
    """
    options = request.options.model_dump(include=set(DetectionRequest.model_fields), exclude_none=True)
    fields = request.fields
    known = {"caption1": pair.caption1, "caption2": pair.caption2}
    if pair.edit is not None and (fields is None or fields.caption is None):
        known = {"caption1": None, "caption2": None}
    elif pair.edit is not None:
        known |= {"noun1": pair.edit.before, "noun2": pair.edit.after}
    return DetectionRequest.model_validate({**options, **known})


def captioning_request(request: RequestFacts, pair: PairFacts, detection: Detection) -> CaptioningRequest:
    """What detection found, with the options."""
    options = request.options
    return CaptioningRequest(
        policy=options.policy or Policy.DESCRIBE,
        alignment=detection.alignment,
        verdict=detection.verdict,
        content=detection.content,
        regions=detection.regions,
        pair_changes=detection.pair_changes,
        reasons=detection.reasons,
        caption1=pair.caption1,
        caption2=pair.caption2,
        instruction=options.instruction,
        asked=None if pair.edit is None else AskedObject.of(pair.edit),
        thresholds=options.thresholds,
        language=options.language,
    )
