"""The detection service over HTTP: `POST /detect` and what every service has."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, File, Form, Request, UploadFile

from imgdiff.jobs import StageName
from imgdiff.stages import Detection
from services.detection.backends import create_engine
from services.detection.schema import PairWork, parse_pair
from services.detection.settings import DetectionSettings
from services.serving.app import Serving, create_service_app
from services.serving.cost import measure_files

UploadedFile = Annotated[UploadFile, File()]
RequestPart = Annotated[str, Form()]


def create_app(settings: DetectionSettings | None = None) -> FastAPI:
    """The app; without settings they are read from the environment."""
    chosen = settings or DetectionSettings()
    serving: Serving[PairWork, Detection] = Serving(
        StageName.DETECTION, chosen, lambda: create_engine(chosen, serving.metrics)
    )
    app = create_service_app(serving)

    @app.post("/detect")
    async def detect(
        http: Request, image1: UploadedFile, image2: UploadedFile, request: RequestPart = "{}"
    ) -> Detection:
        """Find the regions in which image2 differs from image1."""
        data1, data2 = await image1.read(), await image2.read()
        with serving.admit(measure_files((data1, data2))) as admitted:
            work = await asyncio.to_thread(parse_pair, data1, data2, request, chosen.limits)
            return work.explain(await admitted.answer(http, work, work.cost))

    return app
