"""Data-Juicer's operator as a process: its own environment, random networks in files, one line a pair."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from benchmarks.peers.pairs import Planted
from imgdiff.records import Box

REQUIREMENTS = ("py-data-juicer==1.6.1", "transformers==4.57.1", "torch==2.13.0", "ray")
"""The release that is raced against; it needs an older transformers than imgdiff, and Ray when it is imported."""
_HERE = Path(__file__).parent
NOUNS = ("plane", "boat")


@dataclass(frozen=True)
class PeerAnswer:
    """Seconds, the places kept, the filter's score of each crop (place number, image number), and rows by network."""

    seconds: float
    kept: frozenset[Box]
    scores: dict[tuple[int, int], float]
    rows: dict[str, int]


def make_environment(folder: Path) -> Path:
    """The Python of an environment with the peer in it, made where there is none."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print(f"installing {REQUIREMENTS[0]} into {folder} (2 GB, about two minutes)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        ready.touch()
    return python


def write_networks(python: Path, folder: Path, size: str) -> None:
    """CLIP and BLIP with random weights as `folder/clip` and `folder/blip`, written by the peer's transformers."""
    if not (folder / "blip" / "preprocessor_config.json").exists():
        subprocess.run([python, _HERE / "peer_networks.py", folder, size], check=True)


class Peer:
    """The running process; `most_alike` and `least_match` are its thresholds. Closed at the end of a `with`."""

    def __init__(self, python: Path, networks: Path, *, most_alike: float, least_match: float, threads: int) -> None:
        given = {
            "threads": threads,
            "clip": str(networks / "clip"),
            "blip": str(networks / "blip"),
            "most_alike": most_alike,
            "least_match": least_match,
        }
        self._log = (networks / "peer.log").open("w")
        self._process = subprocess.Popen(
            [python, _HERE / "peer_process.py", json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=networks,
        )
        self._read()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def run(self, pair: Planted) -> PeerAnswer:
        """The operator's answer; raises RuntimeError naming its log where the process failed."""
        boxes = [[_centred(box) for box in side] for side in pair.boxes]
        sent = {
            "image_path1": str(pair.paths[0]),
            "image_path2": str(pair.paths[1]),
            "caption1": f"a {NOUNS[0]}",
            "caption2": f"a {NOUNS[1]}",
            "nouns": NOUNS,
            "boxes": boxes,
        }
        print(json.dumps(sent), file=self._process.stdin, flush=True)
        answer = self._read()
        scores = {}
        for name, score in answer["scores"].items():
            place, image = name.split("/")
            scores[int(place), int(image)] = float(score)
        kept = frozenset(_corners(box) for box in answer["boxes"] if any(box))
        return PeerAnswer(answer["seconds"], kept, scores, answer["rows"])

    def _read(self) -> dict:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the peer's process ended; see {self._log.name}")
        return json.loads(line)


def _centred(box: Box) -> list[float]:
    return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]]


def _corners(box: Sequence[float]) -> Box:
    x, y, width, height = box
    return round(x - width / 2), round(y - height / 2), round(x + width / 2), round(y + height / 2)
