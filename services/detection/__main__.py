"""`python -m services.detection` serves detection."""

from services.detection.app import create_app
from services.detection.settings import DetectionSettings
from services.serving.process import serve

if __name__ == "__main__":
    settings = DetectionSettings()
    serve(create_app(settings), settings)
