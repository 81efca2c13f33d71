"""The images of a manifest uploaded, and its requests written with their ids."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any

from imgdiff.cli.batches.entries import Entry, Picture, Skipped
from imgdiff.cli.batches.manifests import Manifest
from imgdiff.cli.batches.progress_file import BatchFolder
from imgdiff.client import Client
from imgdiff.errors import InvalidImage, InvalidRequest, PayloadTooLarge, UnsupportedMediaType

_REFUSED = (InvalidImage, InvalidRequest, PayloadTooLarge, UnsupportedMediaType)  # errors of one image
_UPLOADS = 8  # at a time; chosen, not measured
_WINDOW = 64  # requests between two notes of the progress; chosen, not measured
_HELD_BYTES = 64 * 2**20  # of images in memory, after which a window ends; chosen, not measured
_REMEMBERED = 10_000  # names of images whose ids are known, since neighbours often share an image; chosen, not measured


def prepare(client: Client, manifest: Manifest, folder: BatchFolder, on_requests: Callable[[int], None]) -> None:
    """Upload what the folder has not noted yet; `on_requests` is called with how many requests are ready."""
    if folder.progress.prepared:
        return
    preparer = _Preparer(client, folder.progress.dataset)
    with closing(manifest.entries(folder.progress.lines)) as entries, ThreadPoolExecutor(_UPLOADS) as pool:
        for window in _windows(entries):
            done = list(pool.map(preparer.prepare, window))
            requests = {entry.line: one for entry, one in zip(window, done, strict=True) if isinstance(one, str)}
            folder.append(window[-1].line, requests, [one for one in done if isinstance(one, Skipped)])
            on_requests(folder.progress.requests)
    folder.save(prepared=True)


class _Preparer:
    def __init__(self, client: Client, dataset: str | None) -> None:
        self._client, self._dataset = client, dataset
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def prepare(self, entry: Entry | Skipped) -> str | Skipped:
        """The request as a line of JSON, or why it is none."""
        if isinstance(entry, Skipped):
            return entry
        document, sent = entry.document, {}
        for name, image in entry.images.items():
            try:
                sent[name] = {"asset": self._upload(image)}
            except _REFUSED as error:
                return Skipped(entry.line, error.detail if str(image) in error.detail else f"{image}: {error.detail}")
        if isinstance(body := document.get("body"), dict):
            document = {**document, "body": self._with_dataset({**body, **sent})}
        try:
            return json.dumps(document, ensure_ascii=False, allow_nan=False).encode().decode()
        except ValueError as error:
            return Skipped(entry.line, f"cannot be written as JSON: {error}")

    def _with_dataset(self, body: dict[str, Any]) -> dict[str, Any]:
        options = body.get("options", {})
        if self._dataset is None or not isinstance(options, dict):
            return body
        return {**body, "options": {"dataset": self._dataset, **options}}

    def _upload(self, image: Path | Picture) -> str:
        name = str(image)
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        asset_id = self._client.upload(image.read() if isinstance(image, Picture) else image).id
        with self._lock:
            self._known[name] = asset_id
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return asset_id


def _windows(entries: Iterable[Entry | Skipped]) -> Iterator[list[Entry | Skipped]]:
    """Entries that are prepared side by side; those with large images in memory are fewer."""
    window: list[Entry | Skipped] = []
    held = 0
    for one in entries:
        window.append(one)
        held += one.held if isinstance(one, Entry) else 0
        if len(window) == _WINDOW or held >= _HELD_BYTES:
            yield window
            window, held = [], 0
    if window:
        yield window
