"""`python -m services.editing` serves editing."""

from services.editing.app import create_app
from services.editing.settings import EditingSettings
from services.serving.process import serve

if __name__ == "__main__":
    settings = EditingSettings()
    serve(create_app(settings), settings)
