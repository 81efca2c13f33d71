"""Detection and captioning that answer at once, each with one region, in the wire format: `instant_services PORT`.

One process answers both over HTTP/1.1 with connections that stay open, and reads nothing of a body but its length.
"""

import asyncio
import sys

from gateway.pipeline.stage_table import STAGES
from imgdiff.jobs import StageName
from imgdiff.records import Change, Verdict
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion, Detection
from imgdiff.whole_pair import Alignment

_BOX = (4, 4, 20, 20)
_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_SCORES = RegionScores(number=0, box=_BOX, share=0.0625, evidence=0.8, difference=0.7)
_DETECTION = Detection(
    seconds=0.0,
    alignment=Alignment(applied=False, model="identity", matrix=_IDENTITY, score=1.0),
    similarity=0.95,
    verdict=Verdict.DIFFERENT,
    confidence=0.9,
    regions=(DetectedRegion(box=_BOX, difference=0.7, kept=True, confidence=0.8, scores=_SCORES),),
    method=Method.COMPARISON,
)
_REGION = CaptionedRegion(
    change=Change.REMOVED, label1="cup", caption1="a red cup", caption="The cup is gone.", kept=True
)
_CAPTIONING = Captioning(seconds=0.0, regions=(_REGION,), caption="The cup is gone.")


def _response(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


_ANSWERS = {
    STAGES[StageName.DETECTION].path.encode(): _response(_DETECTION.model_dump_json().encode()),
    STAGES[StageName.CAPTIONING].path.encode(): _response(_CAPTIONING.model_dump_json().encode()),
}


def answer_to(path: bytes) -> bytes:
    """The whole answer to a request of a path."""
    return _ANSWERS.get(path, _response(b"{}"))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            await reader.readexactly(int(fields.get(b"content-length", b"0")))
            writer.write(answer_to(head.split(b" ", 2)[1]))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
