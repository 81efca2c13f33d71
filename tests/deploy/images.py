"""Dockerfiles as an engine reads them: stages, arguments, and the steps that make an image, to look at or to run."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.wheel import ROOT, tracked_files

Step = tuple[str, str]
"""An instruction and what follows it, on one line."""


@dataclass(frozen=True)
class Image:
    """One Dockerfile with its build arguments."""

    name: str
    dockerfile: str
    arguments: dict[str, str]

    def bases(self) -> set[str]:
        """Images of others that the stages start from."""
        stages = dict(self._stages())
        return {base for base, _ in stages.values() if base not in stages}

    def steps(self, stage: str = "") -> list[Step]:
        """Every step that leads to a stage, by default to the image itself, with arguments and ENV filled in."""
        stages = dict(self._stages())
        chain, name = [], stage or list(stages)[-1]
        while name in stages:
            name, steps = stages[name]
            chain[:0] = steps
        known = dict(self.arguments)
        filled = []
        for instruction, text in chain:
            text = _fill(text, known)  # noqa: PLW2901  the step as an engine sees it
            if instruction == "ENV":
                known |= dict(pair.split("=", 1) for pair in text.split())
            filled.append((instruction, text))
        return filled

    def _stages(self) -> Iterator[tuple[str, tuple[str, list[Step]]]]:
        known, name, base, steps = dict(self.arguments), "", "", []
        for instruction, text in _read(ROOT / self.dockerfile):
            if instruction == "FROM":
                if name:
                    yield name, (base, steps)
                base, _, name = _fill(text, known).partition(" AS ")
                name, steps = name or "image", []
            elif instruction == "ARG" and not name:
                argument, _, default = text.partition("=")
                known.setdefault(argument, default)
            else:
                steps.append((instruction, text))
        yield name, (base, steps)


def _read(path: Path) -> Iterator[Step]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, text = line.partition(" ")
        yield instruction, " ".join(text.split())


def _fill(text: str, known: dict[str, str]) -> str:
    return re.sub(r"\$\{?([A-Z]+)\}?", lambda found: known.get(found[1], found[0]), text)


def run(steps: list[Step], folder: Path, environment: dict[str, str]) -> Path:
    """Run the steps with `folder` as the file system's root; returns the working directory at the end."""
    work = folder
    for instruction, text in steps:
        if instruction == "WORKDIR":
            work = folder / text.removeprefix("/")
            work.mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            _copy(text.split(), work)
        elif instruction == "RUN":
            command = text.replace("/venv", str(folder / "venv"))
            path = f"{folder / 'venv/bin'}:{environment['PATH']}"
            subprocess.run(["bash", "-ec", command], cwd=work, env=environment | {"PATH": path}, check=True)
    return work


def _copy(words: list[str], work: Path) -> None:
    """The tracked files under the sources, but for those that .dockerignore leaves out."""
    *sources, _ = words
    for name in tracked_files():
        inside = name if name in sources else next((name for one in sources if name.startswith(f"{one}/")), None)
        if inside is not None and not name.endswith("Dockerfile"):
            (work / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, work / inside)
