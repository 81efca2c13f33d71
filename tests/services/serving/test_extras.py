"""A backend without its optional packages names the extra to install."""

import pytest

from services.serving.extras import require_extra


@pytest.mark.parametrize("error", [ImportError("no torch"), RuntimeError("built for another torch")])
def test_a_failed_import_names_the_extra(error: Exception) -> None:
    expected = r"backend 'sam' needs the extra `gpu` \(pip install 'imgdiff\[gpu\]'\): "

    with pytest.raises(ValueError, match=expected + str(error)), require_extra("gpu", "backend 'sam'"):
        raise error


def test_imports_that_succeed_pass() -> None:
    with require_extra("gpu", "backend 'sam'"):
        import json  # noqa: PLC0415

    assert json.dumps(1) == "1"
