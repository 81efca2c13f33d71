"""The quick services answer in the wire format of the real ones."""

from benchmarks.chaos.quick_service import answer
from imgdiff.stages import Captioning, Detection, Editing


def test_each_answer_is_a_document_of_its_stage() -> None:
    detection = Detection.model_validate(answer("detection", {}))
    captioning = Captioning.model_validate(answer("captioning", {"regions": [{}, {}]}))
    editing = Editing.model_validate(answer("editing", {"seed": 7, "index": 2, "round": 1}))

    assert len(detection.regions) == 1
    assert len(captioning.regions) == 2
    assert editing.pair is not None
    assert (editing.pair.edit.seed, editing.pair.edit.index, editing.pair.edit.round) == (7, 2, 1)
