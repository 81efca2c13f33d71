"""What every rewriter keeps: tables, tables ranked by a tiny random network, a stub server, a tiny chat model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imgdiff.records import Operation, Reason
from imgdiff.rules.reasons import BY_CODE
from services.editing.backends.rewriters.embedded import EmbeddedRewriter
from services.editing.backends.rewriters.smollm2 import SentenceRanker
from services.editing.backends.rewriters.transformers import load_chat
from services.editing.rewriting import instructions
from services.editing.rewriting.by_language_model import LanguageRewriter
from services.editing.rewriting.check import find_fault
from services.editing.rewriting.rewrite import Rewrite, Rewriter, RewriteRequest
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder
from tests.services.editing.backends.tiny_llama import tiny_llama

REQUESTS = [
    RewriteRequest("A man riding a horse on the beach.", Operation.REPLACE, None, None, 3),
    RewriteRequest("Two dogs on a sofa.", Operation.REPLACE, "dogs", None, 4),
    RewriteRequest("A cup on a table.", Operation.REPLACE, "cup", "an umbrella", 5),
    RewriteRequest("A cup on a table.", Operation.REPLACE, "cup", "cup", 5),
    RewriteRequest("A cup and a spoon on a table.", Operation.REMOVE, "spoon", None, 6),
    RewriteRequest("A cup on a table.", Operation.ADD, None, "egg", 7),
    RewriteRequest("A red bus.", Operation.RECOLOUR, "bus", "orange", 8),
    RewriteRequest("Two cats.", Operation.RECOUNT, "cats", None, 9),
    RewriteRequest("A cat next to a box.", Operation.MOVE, "cat", None, 10),
    RewriteRequest("A cup on a table.", Operation.REPLACE, "dog", None, 11),
    RewriteRequest("Running very quickly.", Operation.REPLACE, None, None, 12),
    RewriteRequest("Ein Hund liegt auf dem Sofa.", Operation.REPLACE, None, None, 13),
    RewriteRequest("犬がソファにいる", Operation.REMOVE, None, None, 13),
    RewriteRequest("...", Operation.ADD, None, "dog", 13),
]
SAID = {
    2: "An umbrella on a table.",
    3: "rewrite.same_thing",
    4: "A cup on a table.",
    5: "A cup on a table, with an egg nearby.",
    6: "An orange bus.",
    8: "A cat behind a box.",
    9: "rewrite.target_not_found",
    10: "rewrite.no_noun",
    11: "rewrite.language",
    12: "rewrite.language",
    13: "rewrite.no_noun",
}


@pytest.fixture(params=["embedded", "ranked", "openai", "transformers"])
def rewriter(
    request: pytest.FixtureRequest,
    llama_folder: Path,
    processor: Compute,
    by_server: Callable[..., LanguageRewriter],
    monkeypatch: pytest.MonkeyPatch,
) -> Rewriter:
    monkeypatch.setattr(instructions, "MODEL_TOKENS", 6)  # random networks come to no end
    match request.param:
        case "embedded":
            return EmbeddedRewriter()
        case "ranked":
            folder = model_folder(str(llama_folder), "SETTING", stage="editing")
            return EmbeddedRewriter(SentenceRanker(*tiny_llama(), processor, models=(folder.use,)))
        case "openai":
            return by_server()
        case _:
            return LanguageRewriter(_chat(llama_folder, processor))


def _chat(folder: Path, processor: Compute) -> object:
    found = model_folder(str(folder), "SETTING", stage="editing")
    batches = Batches(4, pytest.fail)
    return load_chat(found, "float32", processor, setting="SETTING", batches=batches, spent=lambda *_: None)


def test_every_request_has_its_answer_in_order(rewriter: Rewriter) -> None:
    answers = rewriter.rewrite(REQUESTS)

    assert len(answers) == len(REQUESTS)
    for number, said in SAID.items():
        answer = answers[number]
        assert (answer.code if isinstance(answer, Reason) else answer.caption2) == said
    assert rewriter.rewrite(REQUESTS[::-1]) == answers[::-1]


def test_an_answer_does_not_depend_on_the_other_requests(rewriter: Rewriter) -> None:
    assert [rewriter.rewrite([request])[0] for request in REQUESTS[:3]] == rewriter.rewrite(REQUESTS)[:3]


def test_what_it_answers_is_one_checked_change_or_a_known_reason(rewriter: Rewriter) -> None:
    for request, answer in zip(REQUESTS, rewriter.rewrite(REQUESTS), strict=True):
        if isinstance(answer, Rewrite):
            assert answer.caption1 == request.caption
            assert find_fault(request.operation, answer) is None
        else:
            assert BY_CODE[answer.code].drops_when == "always"


def test_no_requests_have_no_answers(rewriter: Rewriter) -> None:
    assert rewriter.rewrite([]) == []


def test_what_takes_part_is_named(rewriter: Rewriter) -> None:
    assert all(model.stage == "editing" and model.name for model in rewriter.models)


@pytest.mark.parametrize("words", [1_000, 3_000])
def test_a_very_long_caption_is_edited_or_has_a_reason(rewriter: Rewriter, words: int) -> None:
    caption = "A cup on a table. " + "It is very nice to look at it. " * (words // 8) + "A dog sleeps."
    replaced, removed = rewriter.rewrite(
        [RewriteRequest(caption, operation, "dog", None, 1) for operation in (Operation.REPLACE, Operation.REMOVE)]
    )

    assert isinstance(replaced, Rewrite) or replaced.code == "rewrite.too_long"
    assert isinstance(removed, Rewrite | Reason)


def test_control_characters_are_gaps_and_the_rest_stays(rewriter: Rewriter) -> None:
    (answer,) = rewriter.rewrite([RewriteRequest("A cup\x00on\u202ea\ntable.", Operation.REPLACE, "cup", "egg", 1)])

    assert answer == Rewrite("A cup on a table.", "An egg on a table.", "cup", "egg")
