"""The results of the stages become one record."""

from gateway.pipeline.composition import Evidence, compose
from gateway.store.values import JobRequest, Pair
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Change, Record, RecordImage, Verdict
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion, Detection
from imgdiff.whole_pair import Alignment, PairChange, PairChangeKind

IMAGE = RecordImage(asset="sha256:" + "1" * 64, width=64, height=48)
UNMOVED = Alignment(applied=False, model="identity", matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), score=1.0)
LEFT = DetectedRegion(box=(4, 4, 20, 20), difference=0.5, confidence=0.8, kept=True, moved_to=(40, 4, 56, 20))
CAME = DetectedRegion(box=(40, 4, 56, 20), difference=0.7, kept=True, moved_from=(4, 4, 20, 20))


def _record(*regions: DetectedRegion, kept: tuple[bool, ...], changes: tuple[PairChange, ...] = ()) -> Record:
    """The record of detected regions; `kept` says which of them captioning kept."""
    detection = Detection(
        seconds=0, alignment=UNMOVED, verdict=Verdict.DIFFERENT, confidence=0.9, regions=regions, pair_changes=changes
    )
    captioned = tuple(CaptionedRegion(change=Change.MOVED, kept=one) for one in kept)
    captioning = Captioning(seconds=0, regions=captioned)
    evidence = Evidence(Pair(1, "job_1", 0), IMAGE, IMAGE, detection, captioning)
    return compose("job_1", JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options()), evidence)


def test_a_difference_of_the_whole_pair_needs_no_region() -> None:
    mirrored = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")
    noisier = PairChange(kind=PairChangeKind.NOISE, harmless=True, text="Image 2 is noisier.")

    assert _record(LEFT, kept=(False,), changes=(mirrored,)).verdict is Verdict.DIFFERENT
    assert _record(LEFT, kept=(False,), changes=(noisier,)).verdict is Verdict.UNDETERMINED


def test_a_region_keeps_where_its_object_moved_to_and_from() -> None:
    came, left = _record(LEFT, CAME, kept=(True, True)).regions

    assert (left.box, left.moved_to, left.moved_from) == (LEFT.box, CAME.box, None)
    assert (came.box, came.moved_to, came.moved_from) == (CAME.box, None, LEFT.box)


def test_the_verdict_is_undetermined_when_captioning_drops_the_last_region() -> None:
    assert _record(LEFT, CAME, kept=(True, False)).verdict is Verdict.DIFFERENT

    record = _record(LEFT, CAME, kept=(False, False))

    assert record.verdict is Verdict.UNDETERMINED
    assert [reason.code for reason in record.reasons] == ["pair.no_evidence"]


def test_confidence_is_detections_and_null_where_there_is_none() -> None:
    record = _record(LEFT, CAME, kept=(True, True))

    assert record.confidence == 0.9
    assert {region.box: region.confidence for region in record.regions} == {LEFT.box: 0.8, CAME.box: None}


def test_a_verdict_that_captioning_reversed_has_no_confidence() -> None:
    record = _record(LEFT, CAME, kept=(False, False))

    assert record.confidence is None
    assert {region.confidence for region in record.regions} == {0.8, None}
