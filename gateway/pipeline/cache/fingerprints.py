"""Fingerprints of requests to services: two with the same one have the same result."""

import hashlib
import json

from pydantic import BaseModel

from gateway.pipeline.stage_table import Files
from imgdiff import __version__
from imgdiff.jobs import StageName


def fingerprint(tenant: str, name: StageName, revision: str, request: BaseModel, files: Files) -> str:
    """SHA-256 in hexadecimal digits, over the request as it is sent, the images by content, who asks and who answers.

    Another tenant's is another one, so that nobody learns from the time that an answer takes what others have sent.
    This version counts too: it makes of an answer what is stored.
    """
    asked = [__version__, tenant, name.value, revision, request.model_dump_json(), [list(one) for one in files]]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
