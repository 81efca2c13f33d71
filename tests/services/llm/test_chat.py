"""The form of an answer, as a schema and as what is read out of JSON."""

import pytest
from pydantic import SecretStr

from services.llm.chat import Form
from services.llm.openai_server import Server, check_address

FORM = Form("pair", ("one", "two"), "Answer as JSON.")


def test_a_form_is_a_strict_schema() -> None:
    assert FORM.schema["required"] == ["one", "two"]
    assert FORM.schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"one": "a", "two": "b"}', {"one": "a", "two": "b"}),
        ('{"one": "a", "two": "b", "three": 3}', {"one": "a", "two": "b"}),
        ('{"one": "a"}', None),
        ('{"one": "a", "two": 2}', None),
        ('["one", "two"]', None),
        ("one", None),
        ("3", None),
        ("[" * 100_000, None),
    ],
)
def test_fields_are_strings_or_none_at_all(text: str, fields: dict[str, str] | None) -> None:
    assert FORM.read(text) == fields


@pytest.mark.parametrize("url", ["vllm:8000", "ftp://vllm/v1", "http://", "http://vllm:80v1"])
def test_what_is_no_address_is_named_by_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match="IMGDIFF_X is no http address"):
        check_address(url, "IMGDIFF_X")


def test_a_server_is_named_in_provenance_and_keeps_its_key_to_itself() -> None:
    server = Server("http://vllm/v1", "chat", SecretStr("sk-secret"))

    assert (server.use("editing").stage, server.use("editing").name) == ("editing", "chat")
    assert "sk-secret" not in repr(server)
