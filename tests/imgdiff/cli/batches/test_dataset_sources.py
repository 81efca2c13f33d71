"""Datasets of the hub are streamed by the libraries' own clients from a server that answers as the hub does."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from datasets import Dataset, Features, Value

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_CARD = b"""---
configs:
- config_name: pairs
  data_files: data/*.parquet
- config_name: other
  data_files: other/*.parquet
---
"""
_READ = """
import json, sys
from imgdiff.cli.batches.manifests import open_manifest
from imgdiff.errors import ImgdiffError

def read(image):
    try:
        return image.read().decode()
    except ImgdiffError as error:
        return error.detail

for source in sys.argv[1:]:
    try:
        with open_manifest(source) as manifest:
            rows = [[read(image) for image in one.images.values()] for one in manifest.entries(1)]
            print(json.dumps([str(manifest.place), rows]))
    except ImgdiffError as error:
        print(json.dumps(["", error.detail]))
"""


class _Hub(BaseHTTPRequestHandler):
    """One dataset, `own/set`."""

    protocol_version = "HTTP/1.1"
    files: dict[str, bytes]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        api, described = "/api/datasets/own/set", {"id": "own/set", "sha": _COMMIT, "siblings": [], "private": False}
        if path in {api, f"{api}/revision/{_COMMIT}"}:
            self._send(200, json.dumps(described).encode())
        elif path.startswith(f"{api}/tree/{_COMMIT}"):
            self._send(200, json.dumps(self._tree(path.removeprefix(f"{api}/tree/{_COMMIT}").strip("/"))).encode())
        elif path.startswith(f"/datasets/own/set/resolve/{_COMMIT}/"):
            self._send_file(self.files.get(path.removeprefix(f"/datasets/own/set/resolve/{_COMMIT}/")))
        else:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound" if api in path else "RepoNotFound"})

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _tree(self, folder: str) -> list[dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        for path, content in self.files.items():
            rest = path.removeprefix(f"{folder}/" if folder else "")
            if folder and rest == path:
                continue
            name = path.removesuffix(rest) + rest.partition("/")[0]
            kind = {"type": "directory", "size": 0} if "/" in rest else {"type": "file", "size": len(content)}
            found[name] = {"path": name, "oid": "0" * 40, **kind}
        return list(found.values())

    def _send_file(self, content: bytes | None) -> None:
        if content is None:
            return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        marks = {"X-Repo-Commit": _COMMIT, "ETag": '"1"'}
        if wanted := self.headers.get("Range"):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            part = content[int(first) : int(last) + 1]
            marks["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
            return self._send(206, part, marks)
        return self._send(200, content, marks)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """Its address; rows of bytes and of paths, of which two lead out of the repository."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    columns = {"image1": [b"0", b"1", b"2", b"3"], "image2": ["images/b.png"] * 2 + [str(secret), "../secret"]}
    types = Features({"image1": Value("binary"), "image2": Value("string")})
    Dataset.from_dict(columns, features=types).to_parquet(tmp_path / "rows.parquet")
    files = {"README.md": _CARD, "images/b.png": b"b"}
    files |= dict.fromkeys(("data/train-0.parquet", "other/train-0.parquet"), (tmp_path / "rows.parquet").read_bytes())
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Hub", (_Hub,), {"files": files}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_dataset_of_the_hub_is_streamed_and_only_files_of_its_repository_are_read(hub: str, tmp_path: Path) -> None:
    sources = (
        "hf://own/set?config=pairs",
        "hf://own/set",
        "hf://own/none",
        "hf://own/set@v9",
        "hf://a/b/c",
        "hf://a?x=1",
    )
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", _READ, *sources]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    read, unnamed, *refused = (json.loads(line) for line in done.stdout.splitlines())

    assert read[0] == "hf-own-set-config-pairs"
    assert read[1][0] == ["1", "b"]
    assert [row[0] for row in read[1]] == ["1", "2", "3"]
    assert "the dataset's repository has no such file" in read[1][1][1]
    assert "others are not read for its rows" in read[1][2][1]
    assert "['pairs', 'other']; name a configuration with --config" in unnamed[1]
    known = (
        "has no such dataset, or it is private",
        "no revision v9",
        "is no dataset of the hub",
        "is no dataset of the hub",
    )
    assert [text in detail for text, (_, detail) in zip(known, refused, strict=True)] == [True] * 4, refused
