"""Images of tasks come from the task, the folder of local files, or the one Label Studio, and from nowhere else."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from imgdiff.errors import ImgdiffError, InvalidImage, InvalidRequest, ServiceUnavailable
from imgdiff.integrations.labelstudio.images import MOST_BYTES, TaskImages

IMAGE = b"\x89PNG a picture"


@dataclass
class Server:
    """What was asked for, with which authorisation."""

    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    refresh: Response | None = None  # to a personal token, instead of an access token


def _token(claims: dict[str, object]) -> str:
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"


@pytest.fixture
def server(loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Iterator[Server]:
    """A server with files at Label Studio's addresses."""
    state, app = Server(), FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def answer(request: Request, path: str) -> Response:
        state.asked.append((f"/{path}?{request.url.query}".rstrip("?"), request.headers.get("authorization")))
        access = json.dumps({"access": _token({"token_type": "access", "exp": time.time() + 300})})
        answers = {
            "refresh/": state.refresh or Response(access),
            "large.png": Response(bytes(MOST_BYTES + 1)),
            "away.png": RedirectResponse("http://127.0.0.1:9/stolen.png"),
            "moved.png": RedirectResponse("/data/upload/1/a.png"),
            "secret.png": Response(status_code=401),
            "missing.png": Response(status_code=404),
        }
        return next((answer for end, answer in answers.items() if path.endswith(end)), Response(IMAGE))

    with loopback(app) as client:
        state.url = str(client.base_url).rstrip("/")
        yield state


def _read(images: TaskImages, *values: object) -> list[bytes | ImgdiffError]:
    async def read_all() -> list[bytes | ImgdiffError]:
        found: list[bytes | ImgdiffError] = []
        for value in values:
            try:
                found.append(await images.read(7, value, "before"))
            except ImgdiffError as error:
                found.append(error)
        await images.close()
        return found

    return asyncio.run(read_all())


def test_uploads_and_own_addresses_are_fetched_with_the_token(server: Server) -> None:
    upload, cloud = "/data/upload/1/a.png", "s3://bucket/a.png"
    found = _read(TaskImages(server.url, "legacy"), upload, server.url + upload, "/data/moved.png", cloud)

    named = base64.urlsafe_b64encode(cloud.encode()).decode()
    assert found == [IMAGE] * 4
    assert [path for path, _ in server.asked] == [
        *(upload, upload, "/data/moved.png", upload),
        f"/tasks/7/resolve/?fileuri={named}",
    ]
    assert {token for _, token in server.asked} == {"Token legacy"}


def test_a_personal_token_is_exchanged_once(server: Server) -> None:
    assert _read(TaskImages(server.url, _token({"token_type": "refresh"})), "/a.png", "/b.png") == [IMAGE, IMAGE]
    assert [path for path, _ in server.asked] == ["/api/token/refresh/", "/a.png", "/b.png"]
    assert {str(token).split(".")[0] for _, token in server.asked[1:]} == {"Bearer h"}


def test_a_token_that_is_not_exchanged_is_named(server: Server) -> None:
    server.refresh = RedirectResponse("/user/login/")
    (error,) = _read(TaskImages(server.url, _token({"token_type": "refresh"})), "/a.png")

    assert isinstance(error, ServiceUnavailable)
    assert "refuses the token (307)" in str(error)


def test_a_server_below_a_path_is_asked_there(server: Server) -> None:
    images = TaskImages(server.url + "/label/", "legacy")
    found = _read(images, "/data/upload/a.png", "/label/data/upload/a.png", f"{server.url}/label/b.png", "s3://b/a.png")

    assert found == [IMAGE] * 4
    assert [path.partition("?")[0] for path, _ in server.asked] == [
        *("/label/data/upload/a.png", "/label/data/upload/a.png", "/label/b.png"),
        "/label/tasks/7/resolve/",
    ]


def test_no_other_host_is_asked(server: Server) -> None:
    elsewhere = (
        "http://127.0.0.1:9/a.png",
        "//127.0.0.1:9/a.png",
        "https" + server.url[4:] + "/a.png",
        "file:///etc/passwd",
    )
    found = _read(TaskImages(server.url, "legacy"), *elsewhere, "/away.png")

    assert {type(one) for one in found} == {InvalidImage}
    assert ["images of other hosts are not fetched" in str(one) for one in found] == [True] * 4 + [False]
    assert "redirects to 127.0.0.1:9" in str(found[-1])
    assert server.asked == [("/away.png", "Token legacy")]


@pytest.mark.parametrize("value", ["/\t/127.0.0.1:9/a.png", "/\n/127.0.0.1:9/a.png", "http:\t//127.0.0.1:9/a.png"])
def test_characters_that_some_parsers_drop_lead_to_no_other_host(server: Server, value: str) -> None:
    (error,) = _read(TaskImages(server.url, "legacy"), value)

    assert isinstance(error, InvalidImage)
    assert "is no address" in str(error)
    assert server.asked == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "image.missing"),
        ("  ", "image.missing"),
        (3, "image.missing"),
        ("data:image/png;base64,???", "image.unreadable"),
        ("/data/secret.png", "image.not_allowed"),
        ("/data/missing.png", "image.unreadable"),
        ("/data/large.png", "image.too_many_bytes"),
    ],
)
def test_what_is_no_image_is_named(server: Server, value: object, code: str) -> None:
    (error,) = _read(TaskImages(server.url), value)

    assert isinstance(error, InvalidImage)
    assert [(item.pointer, item.code) for item in error.errors] == [("/before", code)]


def test_without_a_label_studio_only_inline_images_are_read(nobody: str) -> None:
    inline = "data:image/png;base64," + base64.b64encode(IMAGE).decode()
    found = _read(TaskImages(), inline, "/data/upload/1/a.png", "http://127.0.0.1:9/a.png")

    assert found[0] == IMAGE
    assert ["name the Label Studio that has it" in str(error) for error in found[1:]] == [True, True]
    assert [type(one) for one in _read(TaskImages(nobody), "/a.png")] == [ServiceUnavailable]
    with pytest.raises(InvalidRequest, match=r"'label\.example' is no address"):
        TaskImages("label.example")


def test_local_files_are_read_below_their_folder_only(tmp_path: Path, nobody: str) -> None:
    (tmp_path / "root/sub").mkdir(parents=True)
    (tmp_path / "root/sub/ä b.png").write_bytes(IMAGE)
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "root/link.png").symlink_to(tmp_path / "secret.png")
    paths = ("sub/%C3%A4%20b.png", "/sub/%C3%A4+b.png", "../secret.png", "link.png", "")
    images = TaskImages(nobody, local_files=tmp_path / "root")
    found = _read(images, *(f"/data/local-files/?d={path}" for path in paths))

    assert found[:2] == [IMAGE, IMAGE]
    assert {type(one) for one in found[2:]} == {InvalidImage}
    assert _read(TaskImages(f"{nobody}/label", local_files=tmp_path), "/label/data/local-files/?d=secret.png") == [
        b"secret"
    ]
    with pytest.raises(InvalidRequest, match="is no folder"):
        TaskImages(local_files=tmp_path / "absent")


def test_a_local_file_has_the_size_of_an_image_at_most(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    (error,) = _read(TaskImages(local_files=tmp_path), "/data/local-files/?d=large.png")

    assert isinstance(error, InvalidImage)
    assert [item.code for item in error.errors] == ["image.too_many_bytes"]
