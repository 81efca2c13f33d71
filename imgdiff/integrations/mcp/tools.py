"""The tools: compare two images, request a synthesis, read a job, read a record with its picture."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from imgdiff import __version__
from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.options import OptionFields, SynthesisArguments
from imgdiff.client.transport.failures import require_success
from imgdiff.errors import DeadlineExceeded, ImgdiffError
from imgdiff.integrations.folders import AllowedFolders
from imgdiff.integrations.mcp.answers import describe_job, describe_record
from imgdiff.jobs import Job

WAIT_SECONDS = 45.0  # for a job, below the 60 s after which clients give up on a tool; chosen, not measured
_PICTURE = "image/jpeg"  # a model reads it scaled down; a PNG would be several times as long
_READS, _ADDS = ToolAnnotations(read_only_hint=True), ToolAnnotations(destructive_hint=False)

Answer = list[str | Image]
Path = Annotated[str, Field(description="Path of an image file in one of the allowed folders.")]
Dataset = Annotated[str, Field(description="Dataset that the records are added to.")]
Operation = Literal["replace", "remove", "add", "recolour", "move", "recount"]
Noun = Annotated[str | None, Field(description="Object to edit, as a noun; chosen by imgdiff if null.")]
NewNoun = Annotated[str | None, Field(description="The new object (replace, add), or the new colour (recolour).")]
Count = Annotated[int, Field(ge=1, le=64, description="Pairs to make.")]
Seed = Annotated[int | None, Field(ge=0, lt=2**32, description="The same seed gives the same pairs; drawn if null.")]


def make_server(client: AsyncClient, folders: AllowedFolders, wait_seconds: float = WAIT_SECONDS) -> MCPServer:
    """A server whose tools use the client; images are read below the folders only."""
    instructions = "Where two images differ and what changed, with evidence; boxes are pixels [x1, y1, x2, y2]."
    server = MCPServer("imgdiff", version=__version__, instructions=instructions, log_level="WARNING")
    tools = _Tools(client, folders, wait_seconds)
    server.add_tool(tools.compare_images, annotations=_ADDS)
    server.add_tool(tools.synthesize, annotations=_ADDS)
    server.add_tool(tools.read_job, annotations=_READS)
    server.add_tool(tools.read_record, annotations=_READS)
    return server


class _Tools:
    """The functions that the server offers; their docstrings are what a model reads."""

    def __init__(self, client: AsyncClient, folders: AllowedFolders, wait_seconds: float) -> None:
        self._client, self._folders, self._wait_seconds = client, folders, wait_seconds

    async def compare_images(
        self,
        image1: Path,
        image2: Path,
        dataset: Dataset = "default",
        caption1: Annotated[str | None, Field(description="What image1 is known to show.")] = None,
        caption2: Annotated[str | None, Field(description="What image2 is known to show.")] = None,
        instruction: Annotated[str | None, Field(description="What is said to have been done to image1.")] = None,
    ) -> Answer:
        """Compare two images: where they differ and what changed, with a picture of both and the boxes."""
        options: OptionFields = {"dataset": dataset, "caption1": caption1, "caption2": caption2}
        options |= {"instruction": instruction}
        async with _reported():
            before, after = (
                self._folders.read(path, field) for path, field in ((image1, "image1"), (image2, "image2"))
            )
            return await self._answer(await self._client.submit(before, after, **options))

    async def synthesize(
        self,
        image: Path,
        operation: Operation,
        target: Noun = None,
        replacement: NewNoun = None,
        count: Count = 1,
        seed: Seed = None,
        dataset: Dataset = "default",
    ) -> Answer:
        """Edit a photo and keep each pair of photo and edit as a record; pairs that fail a check are rejected."""
        fields: SynthesisArguments = {"target": target, "replacement": replacement}
        fields |= {"count": count, "seed": seed, "dataset": dataset}
        async with _reported():
            photo = self._folders.read(image, "image")
            return await self._answer(await self._client.submit_synthesis(operation, photo, **fields))

    async def read_job(self, job_id: str) -> Answer:
        """The state of a job, and once it has succeeded its records with their pictures."""
        async with _reported():
            return await self._show(await self._client.job(job_id))

    async def read_record(
        self, record_id: str, document: Annotated[bool, Field(description="The whole record as JSON, too.")] = False
    ) -> Answer:
        """A record with its picture: both images side by side with the boxes of the kept regions."""
        async with _reported():
            record = await self._client.record(record_id)
            whole = [record.model_dump_json(exclude_none=True)] if document else []
            return [describe_record(record), *whole, await self._picture(record_id)]

    async def _answer(self, job: Job) -> Answer:
        """The job once it is final, or as it is after `wait_seconds`."""
        try:
            return await self._show(require_success(await self._client.wait(job.id, wait_seconds=self._wait_seconds)))
        except DeadlineExceeded:
            return await self._show(await self._client.job(job.id))

    async def _show(self, job: Job) -> Answer:
        return [describe_job(job), *[await self._picture(record.id) for record in job.records]]

    async def _picture(self, record_id: str) -> Image:
        return Image(data=await self._client.preview(record_id, _PICTURE), format="jpeg")


@asynccontextmanager
async def _reported() -> AsyncIterator[None]:
    """Around a tool's work: an error of ours becomes the tool's, with its sentence."""
    try:
        yield
    except ImgdiffError as error:
        raise ToolError(f"{error.title()} {error.detail}") from error
