"""`python -m services.captioning` serves captioning."""

from services.captioning.app import create_app
from services.captioning.settings import CaptioningSettings
from services.serving.process import serve

if __name__ == "__main__":
    settings = CaptioningSettings()
    serve(create_app(settings), settings)
