"""The embedded backend on scikit-image's photos, with the real detector."""

import numpy as np
import pytest
from skimage import data

from imgdiff.errors import InvalidRequest
from imgdiff.images import ImageLimits, encode_png
from imgdiff.stages import Editing
from services.editing.backends import create_engine
from services.editing.backends.embedded import EmbeddedEditing
from services.editing.schema import parse_edit
from services.editing.settings import EditingSettings
from services.serving.engine import Ticket


@pytest.fixture(scope="module")
def engine() -> EmbeddedEditing:
    return create_engine(EditingSettings())


def _edit(engine: EmbeddedEditing, request: str) -> Editing:
    photo = encode_png(np.asarray(data.coffee(), np.uint8))  # type: ignore[no-untyped-call]
    answer = engine.run([Ticket(parse_edit(photo, request, ImageLimits()))])[0]
    assert isinstance(answer, Editing), answer
    return answer


@pytest.mark.parametrize("operation", ["remove", "recolour"])
def test_every_index_is_made_or_refused_and_repeats_exactly(engine: EmbeddedEditing, operation: str) -> None:
    request = f'{{"operation": "{operation}", "count": 4, "seed": 2}}'
    first, second = _edit(engine, request), _edit(engine, request)
    assert sorted([pair.index for pair in first.pairs] + [no.index for no in first.refused]) == [0, 1, 2, 3]
    assert (first.pairs, first.refused) == (second.pairs, second.refused)


def test_an_absent_target_is_refused(engine: EmbeddedEditing) -> None:
    answer = _edit(engine, '{"operation": "remove", "target": "zebra", "seed": 1}')
    assert [reason.code for no in answer.refused for reason in no.reasons] == ["edit.target_not_found"]


def test_a_missing_photo_is_named() -> None:
    with pytest.raises(InvalidRequest, match="/image"):
        parse_edit(None, '{"operation": "remove", "seed": 1}', ImageLimits())
