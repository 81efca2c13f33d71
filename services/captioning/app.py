"""The captioning service over HTTP: `POST /caption` and the routes of every service."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, File, Form, Request, UploadFile

from imgdiff.jobs import StageName
from imgdiff.stages import Captioning
from services.captioning.engine import create_engine
from services.captioning.schema import CaptionWork, parse_caption
from services.captioning.settings import CaptioningSettings
from services.serving.app import Serving, create_service_app
from services.serving.cost import measure_files

UploadedFile = Annotated[UploadFile, File()]
RequestPart = Annotated[str, Form()]


def create_app(settings: CaptioningSettings | None = None) -> FastAPI:
    """The app; settings are read from the environment by default."""
    chosen = settings or CaptioningSettings()
    serving: Serving[CaptionWork, Captioning] = Serving(
        StageName.CAPTIONING, chosen, lambda: create_engine(chosen, serving.metrics)
    )
    app = create_service_app(serving)

    @app.post("/caption")
    async def caption(http: Request, image1: UploadedFile, image2: UploadedFile, request: RequestPart) -> Captioning:
        """Describe what each region shows in both images, and what changed there."""
        data1, data2 = await image1.read(), await image2.read()
        with serving.admit(measure_files((data1, data2))) as admitted:
            work = await asyncio.to_thread(parse_caption, data1, data2, request, chosen.limits)
            return await admitted.answer(http, work, work.cost)

    return app
