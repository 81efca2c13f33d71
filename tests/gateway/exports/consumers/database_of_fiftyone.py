"""FiftyOne's database, which it would start itself and give less time than a busy machine needs."""

import atexit
import importlib.util
import os
import socket
import subprocess
from pathlib import Path

import pymongo


def start_database() -> str:
    """FiftyOne's database in this folder, awaited for longer than FiftyOne does; returns its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    spec = importlib.util.find_spec("fiftyone")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).with_name("db") / "bin" / "mongod"
    Path("database").mkdir()
    command = [program, "--dbpath", "database", "--bind_ip", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    address = f"mongodb://127.0.0.1:{port}"
    pymongo.MongoClient(address, serverSelectionTimeoutMS=300_000).admin.command("ping")
    return address


os.environ.update(
    FIFTYONE_DO_NOT_TRACK="true", FIFTYONE_DATABASE_VALIDATION="false", FIFTYONE_DATABASE_URI=start_database()
)
