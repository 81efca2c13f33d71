"""What goes wrong with a bucket is reported with its address and what to do."""

from typing import Any

import httpx
import pytest
from botocore.exceptions import UnauthorizedSSOTokenError

from imgdiff.buckets.addresses import Address
from imgdiff.buckets.bucket import open_bucket
from imgdiff.buckets.failures import translate_errors
from imgdiff.errors import InvalidRequest, NotFound, ServiceUnavailable


def _put(address: str) -> None:
    with open_bucket(address) as opened:
        opened.put("x", b"")


def test_a_bucket_that_is_missing_is_not_found(bucket: Any) -> None:
    with pytest.raises(NotFound, match="there is no bucket 'nowhere'; create it first"):
        _put("s3://nowhere/a")


def test_a_name_that_no_bucket_can_have_is_refused(bucket: Any) -> None:
    with pytest.raises(InvalidRequest, match="Invalid bucket name"):
        _put("s3://no,where/a")


def test_missing_credentials_are_named(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(ServiceUnavailable, match=f"no credentials for s3://{bucket.name}/a: .*AWS_ACCESS_KEY_ID"):
        _put(f"s3://{bucket.name}/a")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with pytest.raises(ServiceUnavailable, match=r"mine.*AWS_PROFILE"):
        _put(f"s3://{bucket.name}/a")


def test_a_login_that_has_expired_is_named() -> None:
    expected = "no credentials for s3://b/a: .* has expired"
    with pytest.raises(ServiceUnavailable, match=expected), translate_errors(Address("b", "a")):
        raise UnauthorizedSSOTokenError


def test_a_denied_access_names_the_request_and_the_answer(bucket: Any, s3_endpoint: str) -> None:
    httpx.post(f"{s3_endpoint}/moto-api/reset-auth", content=b"0").raise_for_status()
    try:
        with pytest.raises(InvalidRequest, match=f"access to s3://{bucket.name}/a is denied .PutObject: InvalidAccess"):
            _put(f"s3://{bucket.name}/a")
    finally:
        httpx.post(f"{s3_endpoint}/moto-api/reset-auth", content=b"inf").raise_for_status()


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_an_endpoint_that_does_not_answer_is_unavailable(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(ServiceUnavailable, match=f"s3://{bucket.name}/a cannot be reached: .*{endpoint}"):
        _put(f"s3://{bucket.name}/a")


def test_an_endpoint_that_is_no_address_is_refused(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "nowhere")

    with pytest.raises(InvalidRequest, match="write it as http://HOST:PORT"):
        _put(f"s3://{bucket.name}/a")
