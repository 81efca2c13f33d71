"""A tool answers before its client gives up, and says how to read on."""

import asyncio
from pathlib import Path

from mcp import Client
from mcp_types import CallToolResult

from imgdiff.client import AsyncClient
from imgdiff.integrations.folders import AllowedFolders
from imgdiff.integrations.mcp.tools import make_server
from tests.imgdiff.conftest import SmallGateway


def test_a_job_that_takes_long_is_answered_with_its_id(gateway: SmallGateway, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG a file")
    gateway.events_work, gateway.polls_until_end = False, 10**6

    async def ask() -> CallToolResult:
        async with AsyncClient(gateway.url) as imgdiff:
            server = make_server(imgdiff, AllowedFolders([tmp_path]), wait_seconds=0.3)
            async with Client(server) as client:
                return await client.call_tool("compare_images", {"image1": "a.png", "image2": "a.png"})

    answer = asyncio.run(ask())
    assert not answer.is_error
    assert f"job: {gateway.jobs[0]}\nstate: running, 50% done\nCall read_job with this id" in answer.content[0].text
