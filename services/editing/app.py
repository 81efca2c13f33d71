"""The editing service over HTTP: `POST /edit` and the routes of every service."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, File, Form, Request, UploadFile
from pydantic.json_schema import SkipJsonSchema

from imgdiff.jobs import StageName
from imgdiff.stages import Editing
from services.editing.engine import create_engine
from services.editing.schema import EditWork, parse_edit
from services.editing.settings import EditingSettings
from services.serving.app import Serving, create_service_app
from services.serving.cost import measure_files

OptionalFile = Annotated[UploadFile | SkipJsonSchema[None], File()]  # a part is there or not, and never null
Files = Annotated[list[UploadFile] | SkipJsonSchema[None], File()]


def create_app(settings: EditingSettings | None = None) -> FastAPI:
    """The app; without settings it reads them from the environment."""
    chosen = settings or EditingSettings()
    serving = Serving[EditWork, Editing](StageName.EDITING, chosen, lambda: create_engine(chosen, serving.metrics))
    app = create_service_app(serving)

    @app.post("/edit")
    async def edit(
        http: Request, request: Annotated[str, Form()], image: OptionalFile = None, donor: Files = None
    ) -> Editing:
        """Make one pair; `donor` are photos that a new object may be cut from."""
        data = await image.read() if image else None
        sources = [await photo.read() for photo in donor or []]
        with serving.admit(measure_files(sources if data is None else [data, *sources])) as admitted:
            work = await asyncio.to_thread(parse_edit, data, sources, request, chosen.limits)
            return await admitted.answer(http, work, work.cost)

    return app
