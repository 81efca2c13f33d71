"""A Label Studio with a project whose ML backend is ours. BACKEND EXAMPLES CONFIG ANSWER"""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
from label_studio_sdk import LabelStudio

backend, examples, config, answer = sys.argv[1:]
address = os.environ["LABEL_STUDIO_URL"]
token = os.environ["LABEL_STUDIO_API_KEY"]
images = [Path(examples) / name for name in ("before.jpg", "after.jpg")]
headers = {"Authorization": f"Token {token}"}


def _start() -> "subprocess.Popen[bytes]":
    """Start it on SQLite and wait; its first start creates its tables."""
    program = Path(sys.executable).with_name("label-studio")
    user = ["--username", "a@example.org", "--password", "a-long-password", "--user-token", token]
    options = ["--no-browser", "--init", "--enable-legacy-api-token", "--data-dir", "label-studio", *user]
    command = [program, "start", "project", "--port", str(urlsplit(address).port), *options]
    allowed = os.environ | {"USE_DEFAULT_BANNED_SUBNETS": "false"}  # loopback
    process = subprocess.Popen(command, env=allowed)
    while process.poll() is None:
        try:
            if requests.get(f"{address}/health", timeout=5).ok:
                return process
        except requests.RequestException:
            time.sleep(1)
    raise RuntimeError("Label Studio did not start")


def _upload(client: LabelStudio) -> list[str]:
    """Addresses of the images, uploaded to a project of single ones, since Label Studio takes files there alone."""
    alone = '<View><Image name="image" value="$image"/></View>'
    project = client.projects.create(title="images", label_config=alone).id
    for image in images:
        files = {"file": (image.name, image.read_bytes())}
        path = f"{address}/api/projects/{project}/import"
        requests.post(path, files=files, headers=headers, timeout=60).raise_for_status()
    found = [task.data["image"] for task in client.tasks.list(project=project)]
    return sorted(found, key=lambda path: "before" not in path)


def _run() -> dict[str, object]:
    client = LabelStudio(base_url=address, api_key=token)
    inline = ["data:image/jpeg;base64," + base64.b64encode(image.read_bytes()).decode() for image in images]
    tasks = [dict(zip(("image1", "image2"), pair, strict=True)) for pair in (_upload(client), inline)]
    Path("tasks.json").write_text(json.dumps(tasks))
    command = [sys.executable, Path(examples) / "integrations/label_studio.py", backend, config, "tasks.json"]
    project = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    (added,) = client.ml.list(project=project)
    listed = [task.id for task in client.tasks.list(project=project)]
    chosen = {"selectedItems": {"all": True, "excluded": []}}
    path = f"{address}/api/dm/actions?id=retrieve_tasks_predictions&project={project}"
    requests.post(path, json=chosen, headers=headers, timeout=300).raise_for_status()
    asked = requests.post(
        f"{address}/api/ml/{added.id}/interactive-annotating", json={"task": listed[0]}, headers=headers, timeout=300
    ).json()
    predictions = requests.get(f"{address}/api/predictions?project={project}", headers=headers, timeout=60).json()
    return {"state": str(client.ml.get(added.id).state), "predictions": predictions, "interactive": asked["data"]}


server = _start() if "LABEL_STUDIO_RUNS" not in os.environ else None
try:
    Path(answer).write_text(json.dumps(_run()))
finally:
    if server is not None:
        server.terminate()
        server.wait()
