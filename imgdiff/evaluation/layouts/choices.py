"""Our own layout for questions with options about two images, such as VDiff-Bench's four (arXiv 2609.06245)."""

from pathlib import Path

from pydantic import Field

from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.layouts.files import find, read_entries
from imgdiff.evaluation.letters import ASK
from imgdiff.evaluation.samples import Benchmark, Sample
from imgdiff.frozen import Frozen

_LETTERS = "abcdefghij"


class ChoiceEntry(Frozen):
    """One entry of `questions.jsonl` or `questions.json`; paths are relative to its folder."""

    id: str
    image1: str
    image2: str
    question: str = "Which statement describes the difference between the two images?"
    options: list[str] = Field(min_length=2, max_length=len(_LETTERS))
    answer: int = Field(ge=0, description="Index of the right option, from 0.")
    category: str | None = Field(default=None, description="Kind of change; the accuracy is reported for each.")


def read(folder: Path, split: str) -> Benchmark:
    """Every question; `SPLIT.jsonl` or, in its absence, `questions.jsonl`."""
    path = find(folder, [f"{split}.jsonl", f"{split}.json", "questions.jsonl", "questions.json"])
    samples = tuple(_sample(entry, path) for entry in read_entries(path, ChoiceEntry))
    return Benchmark("choices", "choices", samples)


def _sample(entry: ChoiceEntry, path: Path) -> Sample:
    if entry.answer >= len(entry.options):
        raise InvalidRequest(f"{path}, entry {entry.id}: answer {entry.answer} of {len(entry.options)} options")
    letters = _LETTERS[: len(entry.options)]
    listed = "\n".join(f"{letter.upper()}. {text}" for letter, text in zip(letters, entry.options, strict=True))
    return Sample(
        id=entry.id,
        images=(path.parent / entry.image1, path.parent / entry.image2),
        prompt=f"{entry.question}\n{listed}\n{ASK}",
        letters=letters,
        answer=letters[entry.answer],
        category=entry.category,
    )
