"""Files come from the hub into its cache: whole, resumed, checked, or with a reason why not."""

from pathlib import Path

import pytest

from imgdiff.backends.hub_names import HubName
from imgdiff.backends.repository import fetch_files, find_cached, list_files
from imgdiff.backends.selection import folder_files
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.fetch import silent
from tests.hub_stand_in import COMMIT, Hub
from tests.imgdiff.backends.conftest import WEIGHTS

NET = HubName("some/net")


def _fetch(name: HubName = NET) -> Path:
    listing = list_files(name)
    return fetch_files(listing, folder_files(listing), silent)


def _of_files(hub: Hub) -> int:
    return sum(count for path, count in hub.requests.items() if "/resolve/" in path)


def test_only_what_is_needed_comes_into_the_hubs_own_cache(hub: Hub) -> None:
    folder = _fetch()

    assert folder.name == COMMIT
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert find_cached(NET) == folder
    assert not list(folder.parents[1].rglob("*.part")) + list(folder.parents[1].rglob("*.lock"))


def test_what_is_there_is_not_fetched_again(hub: Hub) -> None:
    _fetch()
    before = _of_files(hub)
    _fetch()

    assert _of_files(hub) == before


def test_a_cut_is_resumed_by_a_later_run_and_the_digest_checked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_FETCH_ATTEMPTS", "1")
    hub.cut_after = 600_000
    with pytest.raises(WeightsUnavailable, match=r"model\.safetensors could not be fetched"):
        _fetch()
    hub.cut_after = None
    folder = _fetch()

    assert hub.ranges == ["bytes=524288-"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_cut_is_resumed_within_a_run_too(hub: Hub) -> None:
    hub.cut_after = 300_000

    assert (_fetch() / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.ranges == ["bytes=262144-", "bytes=524288-", "bytes=786432-"]


def test_progress_counts_the_bytes_of_each_large_file(hub: Hub) -> None:
    seen: list[tuple[str, int, int]] = []
    listing = list_files(NET)
    fetch_files(listing, folder_files(listing), lambda *told: seen.append(told))

    assert seen[-1] == ("model.safetensors", len(WEIGHTS), len(WEIGHTS))


def test_other_bytes_than_the_hub_announced_are_refused(hub: Hub) -> None:
    listing = list_files(NET)
    hub.repositories["some/net"]["model.safetensors"] = WEIGHTS[::-1]
    with pytest.raises(WeightsCorrupt, match="wrong digest"):
        fetch_files(listing, folder_files(listing), silent)

    assert not (find_cached(NET) or Path("/no/such") / "model.safetensors").exists()


def test_a_reference_of_a_pull_request_is_a_revision(hub: Hub) -> None:
    name = HubName("some/net", "refs/pr/5")

    assert _fetch(name).name == COMMIT
    assert find_cached(name) is not None


def test_a_gated_repository_says_what_to_do(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated, hub.token = {"some/net"}, "right"
    for token in (None, "wrong"):
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(WeightsUnavailable, match=r"gated: accept its licence .*/some/net, and set HF_TOKEN"):
            _fetch()
    monkeypatch.setenv("HF_TOKEN", "right")

    assert (_fetch() / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (HubName("some/other"), "the hub has no some/other, or it is private"),
        (HubName("some/net", "no-such"), "some/net has no revision no-such"),
        (HubName("some/..net"), "is no name of the hub"),
    ],
)
def test_what_does_not_exist_is_named(hub: Hub, name: HubName, reason: str) -> None:
    with pytest.raises(WeightsUnavailable, match=f"SETTING: .*{reason}"):
        list_files(name, "SETTING: ")


def test_a_hub_that_cannot_be_reached_is_unavailable(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants  # noqa: PLC0415

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(WeightsUnavailable, match="SETTING: some/net is not available"):
        list_files(NET, "SETTING: ")


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(hub: Hub) -> None:
    listing = list_files(NET)
    huge = [file.__class__(file.path, 10**18, file.sha256) for file in folder_files(listing)]
    with pytest.raises(WeightsUnavailable, match=r"no space for some/net .* GB are needed .* set HF_HOME"):
        fetch_files(listing, huge, silent)
