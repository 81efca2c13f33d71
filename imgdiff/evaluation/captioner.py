"""imgdiff's own captioner, through a gateway: its sentence for the whole pair is the answer."""

from imgdiff.client import AsyncClient
from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.answers import Answer
from imgdiff.evaluation.samples import Sample


class Captioner:
    """Sends pairs to a gateway; their records are kept in `dataset`. It answers no questions with options."""

    name = "imgdiff"

    def __init__(self, client: AsyncClient, dataset: str, *, timeout_seconds: float = 120.0) -> None:
        self._client, self._dataset, self._timeout = client, dataset, timeout_seconds

    async def answer(self, sample: Sample) -> Answer:
        """The caption of the pair's record; empty where the record has none."""
        if sample.letters:
            raise InvalidRequest("the captioner answers no questions; name a model with --server and --model")
        image1, image2 = sample.images
        record = await self._client.compare(image1, image2, wait_seconds=self._timeout, dataset=self._dataset)
        return Answer(id=sample.id, text=record.caption or "")
