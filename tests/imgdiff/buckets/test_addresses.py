"""Addresses of buckets name a bucket and a prefix."""

import pytest

from imgdiff.buckets.addresses import Address, environment_endpoint


@pytest.mark.parametrize(
    ("text", "bucket", "prefix", "key"),
    [
        ("s3://b", "b", "", "x"),
        ("s3://b/", "b", "", "x"),
        ("s3://b/a/c/", "b", "a/c", "a/c/x"),
        ("s3://b/a b?c#d%20", "b", "a b?c#d%20", "a b?c#d%20/x"),
    ],
)
def test_an_address_is_a_bucket_and_a_prefix(text: str, bucket: str, prefix: str, key: str) -> None:
    address = Address.parse(text)

    assert (address.bucket, address.prefix, address.key("x")) == (bucket, prefix, key)
    assert str(address) == text.rstrip("/")


@pytest.mark.parametrize("text", ["s3://", "s3:///a", "b/a", "https://b/a"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="write s3://BUCKET/PREFIX"):
        Address.parse(text)


def test_the_endpoint_of_s3_goes_before_that_of_all_services() -> None:
    both = {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3"}

    assert environment_endpoint(both) == "http://s3"
    assert environment_endpoint({**both, "AWS_ENDPOINT_URL_S3": ""}) == "http://all"
    assert environment_endpoint({}) is None
