"""A prefix is held by whoever renews its mark; a mark that nobody renews lapses, and a broken one holds nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imgdiff.buckets.bucket import Bucket, Found, open_bucket
from imgdiff.buckets.leases import LEASE, LEASE_SECONDS, Lease, Writer
from imgdiff.errors import Conflict

KEY = f"out/{LEASE}"


def _mark(age: float) -> bytes:
    renewed = datetime.now(UTC) - timedelta(seconds=age)
    return Writer(owner="another", host="elsewhere", process=7, renewed_at=renewed).model_dump_json().encode()


def test_a_mark_is_there_while_the_prefix_is_held(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/out") as opened:
        with Lease(opened) as lease:
            lease.check()
            assert [one.key for one in bucket.objects.all()] == [KEY]
            with pytest.raises(Conflict, match="writes an export to"), Lease(opened):
                pass
        assert list(bucket.objects.all()) == []


@pytest.mark.parametrize("content", [_mark(LEASE_SECONDS + 1), b"no mark", b"{}"], ids=["late", "no mark", "empty"])
def test_what_holds_nothing_is_replaced(bucket: Any, content: bytes) -> None:
    bucket.put_object(Key=KEY, Body=content)
    with open_bucket(f"s3://{bucket.name}/out") as opened, Lease(opened):
        assert Writer.model_validate_json(opened.read(LEASE) or b"").owner != "another"


def test_whoever_was_suspended_for_too_long_stops_where_another_one_took_over(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/out") as opened, Lease(opened, seconds=0) as lease:
        lease.check()
        bucket.put_object(Key=KEY, Body=_mark(0))
        with pytest.raises(Conflict, match="another process has taken over"):
            lease.check()


def test_the_mark_of_whoever_took_over_is_left(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/out") as opened:
        with Lease(opened):
            bucket.put_object(Key=KEY, Body=_mark(0))
        assert Writer.model_validate_json(opened.read(LEASE) or b"").owner == "another"
        with pytest.raises(Conflict, match="process 7 of elsewhere"), Lease(opened):
            pass


class _Behind(Bucket):
    """Finds the mark as another one found it, before that one took over."""

    def __init__(self, opened: Bucket, found: Found) -> None:
        super().__init__(opened.address, opened._client)
        self._found = found

    def find(self, path: str) -> Found:
        return self._found


def test_of_two_that_find_a_mark_lapsed_one_takes_over(bucket: Any) -> None:
    bucket.put_object(Key=KEY, Body=_mark(LEASE_SECONDS + 1))
    with open_bucket(f"s3://{bucket.name}/out") as opened:
        lapsed = opened.find(LEASE)
        with Lease(opened) as lease:
            with pytest.raises(Conflict, match="another process begins an export"), Lease(_Behind(opened, lapsed)):
                pass
            lease.check()
