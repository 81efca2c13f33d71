"""The SDK's own client starts the server, lists its tools, and calls each over stdin and stdout."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ImageContent, TextContent

from imgdiff.errors import Overloaded
from tests.imgdiff.conftest import PNG, RECORD_ID, SmallGateway

JOB = f"job_{0:032x}"  # the first of the small gateway
EXAMPLE = Path(__file__).parents[4] / "examples/integrations/mcp.json"
Call = Callable[..., list[CallToolResult]]
Answer = TypeVar("Answer")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An allowed folder with images, and one beside it."""
    allowed = tmp_path / "allowed"
    (allowed / "below").mkdir(parents=True)
    for name in ("before.png", "below/after.png"):
        (allowed / name).write_bytes(b"\x89PNG a file")
    (allowed / "text.png").write_bytes(b"not an image")
    (tmp_path / "secret.png").write_bytes(b"\x89PNG secret")
    (allowed / "link.png").symlink_to(tmp_path / "secret.png")
    return allowed


@pytest.fixture
def call(gateway: SmallGateway, folder: Path) -> Call:
    """Calls tools, one after another, of a server that the example's command starts for the small gateway."""

    async def each(client: Client, calls: tuple[tuple[str, dict[str, object]], ...]) -> list[CallToolResult]:
        return [await client.call_tool(tool, arguments) for tool, arguments in calls]

    return lambda *calls: _ask(gateway.url, folder, lambda client: each(client, calls))


def _ask(url: str, folder: Path, ask: Callable[[Client], Awaitable[Answer]]) -> Answer:
    server = json.loads(EXAMPLE.read_text())["mcpServers"]["imgdiff"]
    given = {"http://127.0.0.1:8000": url, "/home/me/pictures": str(folder)}
    assert server["command"] == "imgdiff"
    command = ["-m", "imgdiff.cli", *(given.get(word, word) for word in server["args"])]

    async def talk() -> Answer:
        async with Client(StdioServerParameters(command=sys.executable, args=command)) as client:
            return await ask(client)

    return asyncio.run(talk())


def _text(answer: CallToolResult) -> str:
    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))


def test_the_tools_describe_themselves(gateway: SmallGateway, folder: Path) -> None:
    tools = {tool.name: tool for tool in _ask(gateway.url, folder, lambda client: client.list_tools()).tools}

    assert set(tools) == {"compare_images", "synthesize", "read_job", "read_record"}
    assert tools["synthesize"].input_schema["required"] == ["image", "operation"]
    assert tools["synthesize"].input_schema["properties"]["count"]["maximum"] == 64
    assert all(tool.description for tool in tools.values())


def test_a_pair_is_compared_and_comes_back_with_its_picture(call: Call, gateway: SmallGateway) -> None:
    images = {"image1": "before.png", "image2": "below/after.png"}
    answer, later = call(("compare_images", {**images, "dataset": "street"}), ("read_job", {"job_id": JOB}))

    assert not answer.is_error
    assert f"record: {RECORD_ID}" in _text(answer)
    assert "The dog is gone from the lawn." in _text(answer)
    assert "region 1: removed, The dog is gone. box [x1, y1, x2, y2] in image1 [10, 20, 110, 220]" in _text(answer)
    assert "region 2" not in _text(answer)
    (picture,) = (part for part in answer.content if isinstance(part, ImageContent))
    assert (picture.mime_type, base64.b64decode(picture.data)) == ("image/jpeg", PNG)
    assert later.content == answer.content
    assert any(b"street" in body and body.count(b"\x89PNG a file") == 2 for body in gateway.bodies)


def test_a_synthesis_is_requested(call: Call, folder: Path, gateway: SmallGateway) -> None:
    edit = {"image": str(folder / "before.png"), "operation": "remove", "target": "dog", "count": 2, "seed": 7}
    (answer,) = call(("synthesize", edit))

    assert "state: succeeded, 100% done" in _text(answer)
    assert "/v1/syntheses" in gateway.paths()
    assert any(b"remove" in body and b"dog" in body for body in gateway.bodies)


def test_a_record_is_read_with_its_picture_and_its_document(call: Call) -> None:
    record = {"record_id": RECORD_ID}
    short, whole = call(("read_record", record), ("read_record", {**record, "document": True}))

    assert [part.type for part in short.content] == ["text", "image"]
    assert [part.type for part in whole.content] == ["text", "text", "image"]
    assert json.loads(whole.content[1].text)["id"] == RECORD_ID


def test_an_image_that_cannot_be_sent_is_an_error_of_the_tool(call: Call, gateway: SmallGateway) -> None:
    outside, unreadable = "lies outside of the allowed folders: ", "cannot be read: "
    messages = {
        "../secret.png": outside,
        "link.png": outside,
        "/etc/hostname": outside,
        "absent.png": unreadable + "No such file or directory",
        "below": unreadable + "Is a directory",
        "a\0b": unreadable + "embedded null byte",
    }
    answers = call(*(("compare_images", {"image1": path, "image2": "before.png"}) for path in messages))

    for answer, (path, message) in zip(answers, messages.items(), strict=True):
        assert answer.is_error
        assert f"/image1: {path} {message}" in _text(answer)
    assert gateway.jobs == []


def test_errors_of_the_gateway_are_errors_of_the_tool(call: Call, gateway: SmallGateway) -> None:
    gateway.ends_as, gateway.error = "failed", Overloaded("detection is at capacity")
    missing, failed, unfit, refused = call(
        ("read_record", {"record_id": "rec_" + "1" * 32}),
        ("compare_images", {"image1": "before.png", "image2": "before.png"}),
        ("synthesize", {"image": "before.png", "operation": "paint"}),
        ("compare_images", {"image1": "text.png", "image2": "before.png"}),
    )

    assert missing.is_error
    assert "The resource does not exist. no record rec_1" in _text(missing)
    assert failed.is_error
    assert "detection is at capacity" in _text(failed)
    assert unfit.is_error
    assert "not an image in one of PNG, JPEG" in _text(refused)


def test_a_folder_that_does_not_exist_ends_the_command(nobody: str) -> None:
    command = [sys.executable, "-m", "imgdiff.cli", "mcp", "--allow", "/absent", "--url", nobody]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 3
    assert "/absent is no folder" in ended.stderr
    assert ended.stdout == ""


def test_without_the_extra_the_command_names_it(nobody: str) -> None:
    program = "import sys; sys.modules['mcp'] = None; from imgdiff.cli import main; main()"
    command = [sys.executable, "-c", program, "mcp", "--url", nobody]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 5
    assert "pip install 'imgdiff[mcp]'" in ended.stderr
