"""Log lines: plain text or JSON, one object a line, each with the id of its request and without API keys."""

import json
import logging

from gateway.access.key_text import redact
from gateway.http.edge.request_id import request_id
from gateway.settings import GatewaySettings

_PLAIN = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class _WithRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False))


def configure(settings: GatewaySettings) -> None:
    """Send every log line to stderr in the format that the settings name."""
    handler = logging.StreamHandler()
    handler.addFilter(_WithRequest())
    handler.setFormatter(_Json() if settings.log_json else _Plain(_PLAIN))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
