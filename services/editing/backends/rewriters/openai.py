"""Rewriter `openai`: a chat model behind any server with an OpenAI-compatible API."""

from collections.abc import Callable, Sequence

from imgdiff.errors import ImgdiffError
from services.llm.chat import Answer, Question
from services.llm.openai_server import OpenAiClient, Server


class OpenAiChat:
    """Asks a server; `spent` receives the tokens of every answer, and their cost."""

    def __init__(self, server: Server, spent: Callable[[int, int, float], None]) -> None:
        self._server = OpenAiClient(server, spent)
        self.models = (server.use("editing"),)

    def close(self) -> None:
        """Close the connections and end the threads."""
        self._server.close()

    def ask(self, questions: Sequence[Question]) -> list[Answer | ImgdiffError]:
        """See `Chat`."""
        return self._server.ask(questions)
