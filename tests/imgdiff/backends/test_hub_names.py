"""Names on the hub are told from paths, with revisions of every kind."""

import pytest

from imgdiff.backends.hub_names import HubName


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("owner/net", HubName("owner/net")),
        ("owner/net@v1.0", HubName("owner/net", "v1.0")),
        ("owner/net@refs/pr/5", HubName("owner/net", "refs/pr/5")),
        ("owner/net.v2:a/b.bin", HubName("owner/net.v2", None, "a/b.bin")),
        ("owner/net@main:model.safetensors", HubName("owner/net", "main", "model.safetensors")),
    ],
)
def test_a_name_may_have_a_revision_and_a_file(text: str, name: HubName) -> None:
    assert HubName.parse(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    "text", ["", "net", "./a/b", "../a/b", "/a/b", "a/b/c", "a/b@", "a/b@../x", "a/b@x/../y", "a b/c"]
)
def test_a_path_is_no_name(text: str) -> None:
    assert HubName.parse(text) is None
