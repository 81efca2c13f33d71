"""The wire types refuse answers that contradict themselves."""

import pytest
from pydantic import ValidationError

from imgdiff.records import Edit, Operation, Reason
from imgdiff.stages import EditedPair, Editing


def test_editing_returns_a_pair_or_the_reasons_for_none() -> None:
    edit = Edit(operation=Operation.REMOVE, box=(0, 0, 2, 2), seed=1)
    pair = EditedPair.model_validate({"image2": "aW1hZ2U=", "edit": edit})
    why = (Reason(code="edit.exhausted"),)

    assert Editing(seconds=0, pair=pair).reasons == ()
    assert Editing(seconds=0, reasons=why).pair is None
    for neither in ({}, {"pair": pair, "reasons": why}):
        with pytest.raises(ValidationError, match="either a pair or the reasons"):
            Editing.model_validate({"seconds": 0, **neither})
