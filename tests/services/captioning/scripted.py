"""A writer and a matcher that answer by a script, and what they were asked."""

from collections.abc import Callable, Sequence

from imgdiff.errors import ImgdiffError
from imgdiff.evidence import Check, Outcome
from imgdiff.images import RGB
from services.captioning.two_stages.captioner import RegionView
from services.captioning.two_stages.writer import Prompt, Written

CONTENT, DIFFERENCE = "Look at the region", "The left and the right part"


class ScriptedWriter:
    """Answers by a function of the prompt; the default names everything a red cup, and the difference in a sentence."""

    models = ()

    def __init__(self, answer: Callable[[Prompt], str | Written | ImgdiffError] | None = None) -> None:
        self.calls: list[list[Prompt]] = []
        self._answer = answer or _cups

    def warm_up(self) -> None:
        pass

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        self.calls.append(list(prompts))
        answers = [self._answer(prompt) for prompt in prompts]
        return [Written(answer) if isinstance(answer, str) else answer for answer in answers]

    @property
    def asked(self) -> list[str]:
        return [prompt.instruction for call in self.calls for prompt in call]


class ScriptedMatcher:
    """One score for every match and one for every pair of captions, unless told otherwise by text."""

    models = ()

    def __init__(self, match: float = 0.9, alike: float = 0.1, by_text: dict[str, float] | None = None) -> None:
        self.calibrated: dict[str, float] = {}
        self.matched: list[tuple[RGB, str]] = []
        self.likened: list[tuple[str, str]] = []
        self._match, self._alike, self._by_text = match, alike, by_text or {}

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        self.matched += list(zip(crops, texts, strict=True))
        return [self._by_text.get(text, self._match) for text in texts]

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        self.likened += list(zip(texts1, texts2, strict=True))
        return [self._alike for _ in texts1]


def unchecked(sentence: str, _: RegionView) -> tuple[str, Check]:
    """Every sentence stands."""
    return sentence, Check(outcome=Outcome.VERIFIED)


def _cups(prompt: Prompt) -> str:
    return "A red cup." if prompt.instruction.startswith(CONTENT) else "The red cup was replaced by a plate"
