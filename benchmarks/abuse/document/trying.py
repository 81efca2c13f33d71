"""Runs schemathesis over an OpenAPI document: examples, limits, drawn values, walks along links; with all checks."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from benchmarks.abuse.trial import Trial

_CONFIG = Path(__file__).with_name("fuzz.toml")
_FOLDER = "schemathesis"


def try_document(name: str, url: str, key: str | None, seed: int, examples: int, evidence: Path) -> Trial:
    """Draw requests from `/openapi.json`; `examples` of each operation in each phase that draws values."""
    trial = Trial(name, evidence / _FOLDER)
    folder = evidence / _FOLDER / name.replace(" ", "-").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    document, log, report = folder / "openapi.json", folder / "log.txt", folder / "report.json"
    document.write_text(json.dumps(_read(url, key)))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "run", str(document)]
    command += ["--url", url, "--seed", str(seed), "--max-examples", str(examples), "--no-color"]
    command += ["--report", "json", "--report-json-path", str(report)]
    if key is None:
        command += ["--exclude-checks", "ignored_auth"]  # a gateway without keys takes every request
    began = time.monotonic()
    with log.open("w") as out:
        subprocess.run(command, env=os.environ | _prepare(url, key), stdout=out, stderr=out, check=False)
    trial.seconds = time.monotonic() - began
    found: dict[str, Any] = json.loads(report.read_text())
    wrong = Counter({failure["title"]: int(failure["count"]) for failure in found["failures"]})
    trial.endings = wrong + Counter({"as documented": found["test_cases"]["generated"] - wrong.total()})
    trial.findings = [f"{one}\n    {log}" for one in read_findings(found)]
    return trial


def read_findings(report: dict[str, Any]) -> list[str]:
    """What a report of schemathesis tells of: wrong answers, what kept it from asking, and phases that did not run."""
    wrong = [f"{failure['title']}: {', '.join(failure['operations'])}" for failure in report["failures"]]
    kept = [f"{error['title']}: {error['count']}" for error in report["errors"]]
    stopped = [] if report["complete"] else [f"ended before its end: {report['stop_reason']}"]
    return wrong + kept + stopped


def _read(url: str, key: str | None) -> dict[str, Any]:
    """The document; of a server without keys it asks for none."""
    document: dict[str, Any] = httpx.get(f"{url}/openapi.json", timeout=60).raise_for_status().json()
    if key is None:
        document["components"].pop("securitySchemes", None)
        for operation in (one for methods in document["paths"].values() for one in methods.values()):
            operation.pop("security", None)
    return document


def _prepare(url: str, key: str | None) -> dict[str, str]:
    """Store the images of the examples, where there is a gateway; the settings that the hooks read."""
    schemas = _read(url, None)["components"]["schemas"]
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    settings = {"ABUSE_KEY": key or "none", "ABUSE_ASSET": "", "ABUSE_IMAGE": ""}
    if "InlineRef" in schemas:
        with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
            inline = schemas["InlineRef"]["examples"][0]
            http.post("/v1/assets", json=schemas["DifferenceCaptionsRequest"]["examples"][0]["image2"])
            asset = http.post("/v1/assets", json=inline).raise_for_status().json()
            http.post("/v1/datasets", json={"name": "default"})
        settings |= {"ABUSE_ASSET": asset["id"], "ABUSE_IMAGE": inline["base64"]}
    return settings
