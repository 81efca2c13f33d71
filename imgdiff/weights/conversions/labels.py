"""The class names in the archive appended to a TFLite file."""

import io
import zipfile


def appended_file(name: str, data: bytes) -> bytes:
    """One file of the archive: a class per line, in the network's order; `???` marks an unused id of COCO."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
