"""Samples of the exports `llava` and `internvl`: a conversation about one joined picture, or about two images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from torch.utils.data import Dataset

Part = dict[str, str]
_IMAGE = "<image>"
_ROLES = {"human": "user", "gpt": "assistant"}


@dataclass(frozen=True)
class Sample:
    """One conversation in the form of transformers' chat templates; images in the order of the text."""

    id: str
    messages: tuple[dict[str, str | list[Part]], ...]
    images: tuple[Path, ...]

    def open_images(self) -> list[Image.Image]:
        """The images as RGB."""
        return [Image.open(path).convert("RGB") for path in self.images]


class Samples(Dataset[Sample]):
    """All samples of one or more files; images lie relative to each file's folder."""

    def __init__(self, files: Sequence[str | Path]) -> None:
        self._samples = [sample for file in files for sample in read_samples(Path(file))]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]


def read_samples(file: Path) -> list[Sample]:
    """The samples of a JSON list or of JSON lines; raises ValueError that names a sample that cannot be used."""
    text = file.read_text(encoding="utf-8")
    # Only a line feed ends a line: captions may contain other separators of lines, such as U+2028.
    entries = json.loads(text) if file.suffix == ".json" else list(map(json.loads, filter(None, text.split("\n"))))
    if not isinstance(entries, list):
        raise ValueError(f"{file} holds no samples; name the files of conversations, not InternVL's meta file")  # noqa: TRY004  a bad file
    return [_read(entry, file) for entry in entries]


def _read(entry: dict, file: Path) -> Sample:
    named = entry["image"]
    images = [named] if isinstance(named, str) else named
    messages = tuple(_message(turn["from"], turn["value"]) for turn in entry["conversations"])
    marked = sum(part["type"] == "image" for message in messages for part in message["content"])
    if marked != len(images):
        raise ValueError(f"{file}: sample {entry['id']} has {len(images)} images and {marked} places for them")
    return Sample(entry["id"], messages, tuple(file.parent / image for image in images))


def _message(speaker: str, text: str) -> dict[str, str | list[Part]]:
    """A turn with its images in place; chat templates write the line end after an image themselves."""
    first, *rest = text.split(_IMAGE)
    parts: list[Part] = [{"type": "text", "text": first}] if first else []
    for piece in rest:
        parts += [{"type": "image"}, {"type": "text", "text": piece.removeprefix("\n")}]
    return {"role": _ROLES[speaker], "content": [part for part in parts if part != {"type": "text", "text": ""}]}
