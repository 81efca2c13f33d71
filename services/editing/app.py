"""The editing service over HTTP: `POST /edit` and what every service has."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, File, Form, Request, UploadFile

from imgdiff.jobs import StageName
from imgdiff.stages import Editing
from services.editing.backends import create_engine
from services.editing.schema import EditWork, parse_edit
from services.editing.settings import EditingSettings
from services.serving.app import Serving, create_service_app

OptionalFile = Annotated[UploadFile | None, File()]
Files = Annotated[list[UploadFile] | None, File()]


def create_app(settings: EditingSettings | None = None) -> FastAPI:
    """The app; without settings they are read from the environment."""
    chosen = settings or EditingSettings()
    serving = Serving[EditWork, Editing](StageName.EDITING, chosen, lambda: create_engine(chosen, serving.metrics))
    app = create_service_app(serving)

    @app.post("/edit")
    async def edit(
        http: Request, request: Annotated[str, Form()], image: OptionalFile = None, donor: Files = None
    ) -> Editing:
        """Make one pair; `donor` are the photos that a new object is cut from."""
        data = await image.read() if image else None
        given = [await one.read() for one in donor or []]
        work = await asyncio.to_thread(parse_edit, data, given, request, chosen.limits)
        editing = await serving.answer(http, work)
        serving.metrics.answered(200)
        return editing

    return app
