"""A model service that answers at once in the wire format: `python -m benchmarks.chaos.quick_service NAME PORT FOLDER`.

`FOLDER/NAME.seconds` holds how long an answer takes from now on. An image of POISON_SIDE pixels in height kills it.
"""

import asyncio
import base64
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from imgdiff.images import encode_png

POISON_SIDE = 41  # pixels, which no other image here has
_BOX = [4, 4, 20, 20]
_PATHS = {"detection": "/detect", "captioning": "/caption", "editing": "/edit"}


def answer(name: str, request: dict[str, object]) -> dict[str, object]:
    """What the service of that name answers to the part `request`."""
    match name:
        case "detection":
            return _detection()
        case "captioning":
            return _captioning(request)
        case _:
            return _editing(request)


def _detection() -> dict[str, object]:
    scores = {"number": 0, "box": _BOX, "share": 0.06, "evidence": 0.8, "difference": 0.7}
    region = {"box": _BOX, "difference": 0.7, "kept": True, "confidence": 0.8, "scores": scores}
    matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    return {
        "seconds": 0.01,
        "alignment": {"applied": False, "model": "identity", "matrix": matrix, "score": 1.0},
        "similarity": 0.9,
        "verdict": "different",
        "confidence": 0.9,
        "regions": [region],
        "parameters": {"region.no_evidence": 0.1},
        "method": "comparison",
    }


def _captioning(request: dict[str, object]) -> dict[str, object]:
    regions = request["regions"]
    assert isinstance(regions, list)
    caption = {"change": "removed", "label1": "cup", "caption1": "a cup", "caption": "The cup is gone.", "kept": True}
    return {"seconds": 0.01, "regions": [caption] * len(regions), "caption": "The cup is gone."}


def _editing(request: dict[str, object]) -> dict[str, object]:
    before = np.random.default_rng().integers(0, 256, (6, 8, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    after = before.copy()
    after[4:20, 4:20] = 0
    image1, image2 = (base64.b64encode(encode_png(image)).decode() for image in (before, after))
    edit = {"operation": "remove", "box": _BOX, "before": "cup", "seed": request["seed"], "scores": {}}
    edit |= {"index": request.get("index", 0), "round": request.get("round", 0)}
    return {"seconds": 0.01, "pair": {"image1": image1, "image2": image2, "edit": edit}}


def _height(png: bytes) -> int:
    """Pixels, from the first 24 bytes."""
    return int.from_bytes(png[20:24], "big")


def main(name: str, port: int, folder: Path) -> None:
    """Serve until killed."""

    async def work(request: Request) -> JSONResponse:
        """Wait as long as the file says, and answer."""
        async with request.form() as form:
            asked = json.loads(str(form["request"]))
            for file in form.values():
                if isinstance(file, UploadFile) and _height(await file.read(24)) == POISON_SIDE:
                    os.kill(os.getpid(), signal.SIGKILL)
        pause = folder / f"{name}.seconds"
        await asyncio.sleep(float(pause.read_text()) if pause.exists() else 0.0)
        return JSONResponse(answer(name, asked))

    async def health(_: Request) -> JSONResponse:
        """Alive and ready."""
        return JSONResponse({"live": True, "ready": True, "state": "ready"})

    routes = [Route(path, health) for path in ("/v2/health/live", "/v2/health/ready")]
    app = Starlette(routes=[*routes, Route(_PATHS[name], work, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
