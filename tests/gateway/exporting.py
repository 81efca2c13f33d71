"""A process that exports a dataset: it states when it has begun, and stops there until it reads a line.

python -m tests.gateway.exporting URL TARGET BYTES
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from imgdiff import Client
from imgdiff.buckets.addresses import is_address
from imgdiff.client.exports import ExportOptions
from imgdiff.exports.folders import export_to_folder
from imgdiff.exports.prefixes import export_to_prefix
from imgdiff.exports.receiving import Wanted


class _Stopping(Client):
    """A client whose export stops after some bytes."""

    stop_after = 0

    @contextmanager
    def open_export(self, *arguments, **options):  # type: ignore[no-untyped-def,override]
        with Client.open_export(self, *arguments, **options) as stream:
            yield replace(stream, chunks=_stop(stream.chunks, self.stop_after))


def _stop(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    data = b"".join(chunks)
    yield data[:limit]
    print("begun", flush=True)
    sys.stdin.readline()
    yield data[limit:]


def main() -> None:
    """Export with images as `jsonl`."""
    url, target, limit = sys.argv[1:]
    options: ExportOptions = {"images": True}
    with _Stopping(url) as client:
        client.stop_after = int(limit)
        if is_address(target):
            export_to_prefix(client, Wanted("default", "jsonl", options), target, lambda *_: None)
        else:
            export_to_folder(client, "default", "jsonl", Path(target), options, lambda *_: None)


if __name__ == "__main__":
    main()
