"""A service whose engine follows a script.

The app, its queue, its cancellation and its errors are those of every service; only the results are scripted. The
script `SCRIPT_FOLDER/NAME.json` is read again for every request:

seconds              how long a request takes
act                  what happens then
refuse               indices of a synthesis that cannot be edited
broken               indices that break the model
unconfirmed_rounds   how many rounds of a pair are not confirmed
psnr                 outside the edit, by round
weights              the digit that the digest of its weights consists of; read when it starts, without one it has none

`NAME.log` lists what was done.
"""

import base64
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import uvicorn
from fastapi import FastAPI, File, Form, Request, UploadFile

from gateway.pipeline.stage_table import STAGES
from imgdiff.errors import ImgdiffError, InvalidRequest, Overloaded
from imgdiff.images import ImageLimits, decode, encode_png
from imgdiff.jobs import StageName
from imgdiff.records import Change, Edit, EditScores, ModelUse, Operation, Reason, Verdict
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.stages import (
    CaptionedRegion,
    Captioning,
    CaptioningRequest,
    DetectedRegion,
    Detection,
    EditedPair,
    Editing,
    EditingRequest,
)
from imgdiff.whole_pair import Alignment
from services.serving.app import Serving, create_service_app
from services.serving.engine import Ticket, answer_each
from services.serving.settings import ServiceSettings

_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
Answer = Detection | Captioning | Editing
Work = tuple[str, bytes]  # the part `request` and image2


class ScriptedEngine:
    """Follows the script."""

    backend, device = "scripted", "cpu"

    def __init__(self, name: StageName, folder: Path) -> None:
        self._name = name
        self._folder = folder
        weights = json.loads((folder / f"{name}.json").read_text()).get("weights")
        given = {"stage": name.value, "name": "scripted", "version": "1", "licence": "MIT"}
        self.models = () if weights is None else (ModelUse(sha256=64 * weights, **given),)

    def warm_up(self) -> None:
        """Nothing to do."""

    def run(self, batch: Sequence[Ticket[Work]]) -> list[Answer | ImgdiffError]:
        """One answer for each ticket."""
        return answer_each(self._answer, batch)

    def _answer(self, work: Work, cancellation: Any) -> Answer:
        script = json.loads((self._folder / f"{self._name}.json").read_text())
        self._log("begun")
        until = time.monotonic() + script.get("seconds", 0.0)
        while time.monotonic() < until:
            if cancellation.cancelled:
                self._log("dropped")
            cancellation.check()
            time.sleep(0.01)
        if "shade" in script and _shade(work[1]) != script["shade"]:
            return _finding(self._name, work[0], script)  # the act applies to one image only
        match script.get("act", "answer"):
            case "die":
                os._exit(1)
            case "fail":
                raise RuntimeError("the model broke")
            case "refuse":
                raise InvalidRequest.at("/request/max_regions", "limit", "too many for this model")
            case "overloaded":
                raise Overloaded("the queue is full", retry_after=1)
            case "nonsense":
                return _editing(EditingRequest(operation=Operation.REMOVE, seed=1), script)
        self._log("done")
        return _finding(self._name, work[0], script)

    def _log(self, what: str) -> None:
        with (self._folder / f"{self._name}.log").open("a") as log:
            log.write(what + "\n")


def _shade(png: bytes) -> int:
    """The grey value of the edited area, which is the index of the pair in a scripted synthesis."""
    return int(decode(png, "/image2", ImageLimits())[10, 10, 0])


def _finding(name: StageName, work: str, script: dict[str, Any]) -> Answer:
    match name:
        case StageName.DETECTION:
            return _detection(script)
        case StageName.CAPTIONING:
            request = CaptioningRequest.model_validate_json(work)
            regions = tuple(
                CaptionedRegion(
                    change=Change(script.get("change", "moved" if region.moved_to else "removed")),
                    label1="cup",
                    caption1="a red cup",
                    caption="The cup is gone.",
                    kept=True,
                )
                for region in request.regions
            )
            return Captioning(seconds=0.01, regions=regions, caption="The cup is gone." if regions else "Nothing.")
        case StageName.EDITING:
            return _editing(EditingRequest.model_validate_json(work), script)


def _detection(script: dict[str, Any]) -> Detection:
    same = script.get("same", False)
    box = (4, 4, 20, 20)
    region = DetectedRegion(
        box=box,
        difference=0.7,
        kept=True,
        moved_to=script.get("moved_to"),
        confidence=0.8,
        scores=RegionScores(number=0, box=box, share=0.0625, evidence=0.8, difference=0.7),
    )
    return Detection(
        seconds=0.02,
        alignment=Alignment(applied=False, model="identity", matrix=_IDENTITY, score=1.0),
        similarity=0.95,
        verdict=Verdict.SAME if same else Verdict.DIFFERENT,
        confidence=0.9,
        regions=() if same else (region,),
        reasons=tuple(Reason(code=code) for code in (["pair.no_evidence"] if same else script.get("against", []))),
        parameters={"region.no_evidence": 0.1},
        method=Method.COMPARISON,
    )


def _editing(request: EditingRequest, script: dict[str, Any]) -> Editing:
    if request.index in script.get("broken", ()):
        raise RuntimeError("the model broke")
    if request.index in script.get("refuse", ()):
        return Editing(seconds=0.03, reasons=(Reason(code="edit.target_not_found"),))
    if request.round < script.get("unconfirmed_rounds", 0):
        return Editing(seconds=0.03, reasons=(Reason(code="edit.not_confirmed", value=0.1 * request.round),))
    patches = np.random.default_rng(request.index).integers(0, 256, (4, 6, 3), np.uint8)
    before = patches.repeat(8, axis=0).repeat(8, axis=1)  # every pair is another scene, so that none repeats another
    after = before.copy()
    after[4:20, 4:20] = request.index + 100 * request.round
    edit = Edit(
        operation=Operation.REMOVE,
        box=(4, 4, 20, 20),
        before="cup",
        seed=request.seed,
        index=request.index,
        round=request.round,
        donor=request.donors[0].use() if request.donors else None,
        scores=EditScores(outside_psnr=script.get("psnr", {}).get(str(request.round))),
    )
    image1, image2 = (base64.b64encode(encode_png(image)) for image in (before, after))
    return Editing(seconds=0.03, pair=EditedPair(image1=image1, image2=image2, edit=edit))


def main(name: StageName, port: int, folder: Path) -> None:
    """Serve until killed."""
    uvicorn.run(create_app(name, folder), port=port, log_level="warning")


def create_app(name: StageName, folder: Path) -> FastAPI:
    """The service."""
    settings = ServiceSettings(max_batch=1)
    serving = Serving[Work, Answer](name, settings, lambda: ScriptedEngine(name, folder))
    app = create_service_app(serving)
    optional = UploadFile | None

    async def work(
        http: Request,
        request: Annotated[str, Form()],
        image1: Annotated[optional, File()] = None,
        image2: Annotated[optional, File()] = None,
        image: Annotated[optional, File()] = None,
    ) -> Answer:
        """Follow the script."""
        sent = [part.filename for part in (image1, image2, image) if part is not None]
        assert sent == (["image.png"] if name is StageName.EDITING else ["image1.png", "image2.png"]), sent
        return await serving.answer(http, (request, await image2.read() if image2 is not None else b""))

    app.add_api_route(STAGES[name].path, work, methods=["POST"], response_model=None)
    return app
