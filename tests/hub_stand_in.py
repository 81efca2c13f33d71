"""A stand-in for the model hub on loopback: its API for one repository's revisions, over HTTP, with small files."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants, file_download, hf_api

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000  # bytes from which this hub stores a file by its digest, as the real one does from 10 MB


@dataclass
class Hub:
    """What it serves, who may read it, what was requested, and what goes wrong."""

    url: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    revisions: tuple[str, ...] = ("main", COMMIT, "refs/pr/5")
    gated: set[str] = field(default_factory=set)
    token: str | None = None
    cut_after: int | None = None
    requests: Counter[str] = field(default_factory=Counter)
    ranges: list[str] = field(default_factory=list)

    def add(self, name: str, folder: Path) -> None:
        """Serve a folder's files as a repository."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.repositories[name] = {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Iterator[Hub]:
    """The hub, with this process's client pointed at it and an empty cache."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    monkeypatch.setattr(hf_api, "ENDPOINT", hub.url, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("IMGDIFF_FETCH_BACKOFF_SECONDS", "0")
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests[path] += 1
        parts = path.removeprefix("/api/models").strip("/").split("/")
        name = "/".join(parts[:2])
        if name not in self.hub.repositories:
            return self._refuse(401, "RepoNotFound")
        if path.startswith("/api/models"):
            return self._describe(name, parts[2:])
        revision, file = self._split("/".join(parts[3:]))
        if name in self.hub.gated and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            return self._refuse(401 if "Authorization" not in self.headers else 403, "GatedRepo")
        if revision is None:
            return self._refuse(404, "RevisionNotFound")
        if file not in self.hub.repositories[name]:
            return self._refuse(404, "EntryNotFound")
        return self._send_file(self.hub.repositories[name][file], with_body)

    def _split(self, rest: str) -> tuple[str | None, str]:
        known = (one for one in self.hub.revisions if rest.startswith(one + "/"))
        revision = next(known, None)
        return revision, rest.removeprefix(f"{revision}/")

    def _describe(self, name: str, rest: list[str]) -> None:
        kind, *of = rest or ["revision", "main"]
        revision = "/".join(of)
        if revision not in self.hub.revisions:
            return self._refuse(404, "RevisionNotFound")
        if kind == "tree":
            return self._send_json([_entry(path, data) for path, data in self.hub.repositories[name].items()])
        return self._send_json({"id": name, "sha": COMMIT, "siblings": [], "private": False, "downloads": 0})

    def _send_json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send_file(self, data: bytes, with_body: bool) -> None:
        digest = hashlib.sha256(data).hexdigest()
        marks = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        start = 0
        if wanted := self.headers.get("Range"):
            self.hub.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            marks["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        if with_body and self.hub.cut_after is not None and len(body) > self.hub.cut_after:
            self._send_part(body, marks)
        else:
            self._send(206 if start else 200, body, marks, with_body=with_body)

    def _send_part(self, body: bytes, marks: dict[str, str]) -> None:
        """The whole length announced, then the connection cut."""
        self.send_response(206 if "Content-Range" in marks else 200)
        for key, value in {**marks, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[: self.hub.cut_after])
        self.close_connection = True

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, with_body: bool = True) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)


def _entry(path: str, data: bytes) -> dict[str, object]:
    """A file in the tree; large ones carry the digest that they are stored by."""
    small = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(data), "oid": small}
    if len(data) >= LARGE:
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return entry
