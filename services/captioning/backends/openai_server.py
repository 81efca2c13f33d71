"""Backend `openai`: any server with OpenAI's /chat/completions (vLLM, llama.cpp, a provider), over HTTP."""

from collections.abc import Callable, Sequence
from typing import Literal

from imgdiff.errors import ImgdiffError
from services.captioning.backends.data_urls import DataUrls
from services.captioning.two_stages.writer import FORMS, Prompt, Written
from services.llm.chat import Answer, Question
from services.llm.openai_server import OpenAiClient, Server


class OpenAiWriter:
    """Writes by a server; `spent` gets the tokens and the cost of every answer."""

    def __init__(
        self,
        server: Server,
        spent: Callable[[int, int, float], None],
        *,
        images: Literal["png", "jpeg"] = "jpeg",
        longest_side: int = 1536,
    ) -> None:
        self._server = OpenAiClient(server, spent, stage="captioning")
        self._form = images
        self._longest_side = longest_side
        self.models = self._server.models

    def warm_up(self) -> None:
        """Nothing: the server may start later, and a question costs money."""

    def close(self) -> None:
        """Close the connections and stop the threads."""
        self._server.close()

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        """See `Writer`."""
        urls = DataUrls(self._form, self._longest_side)
        answers = self._server.ask([_question(prompt, urls) for prompt in prompts])
        return [one if isinstance(one, ImgdiffError) else _written(one) for one in answers]


def _question(prompt: Prompt, urls: DataUrls) -> Question:
    return Question(
        prompt.instruction,
        prompt.max_new_tokens,
        None if prompt.schema is None else FORMS[prompt.schema],
        lambda: [urls.of(image) for image in prompt.images],
        likeliest=prompt.likeliest,
    )


def _written(answer: Answer) -> Written:
    text = answer.text if answer.fields is None else answer.fields["caption"]
    code = None if answer.fault is None else f"text.{answer.fault}"
    return Written(text, code, answer.prompt_tokens, answer.completion_tokens, answer.likeliest)
