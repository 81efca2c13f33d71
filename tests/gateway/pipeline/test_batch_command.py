"""`imgdiff batch` sends a manifest as one batch and goes on where it was interrupted."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.retention import unused
from imgdiff.cli.app import app
from imgdiff.client import Client

RUNNER = CliRunner()
_UPLOAD = Client.upload


@pytest.fixture
def manifest(tmp_path: Path, png: bytes) -> Path:
    """A CSV file of 70 pairs, more than one note of the progress; one image is missing."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "one.png").write_bytes(png)
    rows = [f"images/one.png,images/one.png,pair-{number}" for number in range(70)]
    rows[5] = "images/one.png,images/none.png,pair-5"
    path = tmp_path / "pairs.csv"
    path.write_text("image1,image2,custom_id\n" + "\n".join(rows))
    return path


def _run(stage, *arguments: str | Path) -> Result:
    return RUNNER.invoke(app, [*map(str, arguments), "--url", str(stage.client.url)])


def test_a_manifest_is_sent_followed_and_its_results_written(stage, manifest: Path, tmp_path: Path) -> None:
    files = ("--output", tmp_path / "out.jsonl", "--errors", tmp_path / "errors.jsonl")
    result = _run(stage, "batch", manifest, "--dataset", "mine", *files)
    again = _run(stage, "batch", manifest, "--dataset", "mine", "--json")
    output = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]

    assert result.exit_code == 1, result.output  # one line was left out
    assert "69 of 69 lines ended" in result.output
    assert "1 lines of the manifest were left out" in result.output
    assert [line["custom_id"] for line in output] == [f"pair-{number}" for number in range(70) if number != 5]
    assert {record["dataset"] for line in output for record in line["records"]} == {"mine"}
    assert (tmp_path / "errors.jsonl").read_text() == ""
    assert json.loads(again.stdout)["id"] in result.output
    assert len(list(stage.client.batches.list())) == 1
    assert "none.png" in (tmp_path / "pairs.csv.batch" / "left_out.jsonl").read_text()


def test_errors_name_the_line_of_the_manifest(stage, manifest: Path) -> None:
    bad = manifest.with_name("bad.jsonl")
    good = json.dumps({"image1": "images/one.png", "image2": "images/one.png"})
    bad.write_text(f"nonsense\n\n{good}\n{json.dumps({'custom_id': 5, 'body': {}})}\n")
    result = _run(stage, "batch", bad, "--errors", manifest.with_name("errors.jsonl"))

    assert "line 4: /custom_id" in result.output
    assert json.loads(manifest.with_name("errors.jsonl").read_text())["line"] == 4


def _interrupted(client: Client, image: Path) -> object:
    """An upload during which Ctrl-C is pressed at one image."""
    if image.name == "66.png":
        raise KeyboardInterrupt
    return _UPLOAD(client, image)


def _picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


def _prune(stage) -> int:
    """Delete all images that nothing uses, without the time of grace."""
    database = Database(stage.settings.database_url)
    with database.writing() as session:
        late = datetime.now(UTC) + timedelta(days=1)
        deleted = unused.delete_page(session, AssetStore(stage.settings.assets_url), late, "").assets
    database.close()
    return deleted


def test_an_interrupted_command_goes_on_though_images_were_pruned(
    stage, manifest: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.client.upload(_picture(1))
    (manifest.parent / "images" / "first.png").write_bytes(_picture(2))
    for number in range(60, 70):
        (manifest.parent / "images" / f"{number}.png").write_bytes(png)
    text = manifest.read_text().splitlines()
    text[1] = "images/first.png,images/one.png,pair-0"
    text[61:] = [f"images/{number}.png,images/one.png,pair-{number}" for number in range(60, 70)]
    manifest.write_text("\n".join(text))
    monkeypatch.setattr(Client, "upload", _interrupted)

    stopped = _run(stage, "batch", manifest)
    noted = json.loads((manifest.parent / "pairs.csv.batch" / "progress.json").read_text())
    pruned = _prune(stage)
    monkeypatch.setattr(Client, "upload", _UPLOAD)
    result = _run(stage, "batch", manifest)

    assert (stopped.exit_code, "run it again to go on" in stopped.output) == (130, True)
    assert (noted["lines"], noted["requests"], noted["sent"]) == (65, 63, False)
    assert pruned == 1  # the first, which is not of the batch
    assert "69 of 69 lines ended" in result.output
    assert len(list(stage.client.records("default"))) == 69
    assert len(list(stage.client.batches.list())) == 1


def test_another_manifest_needs_a_restart(stage, manifest: Path) -> None:
    _run(stage, "batch", manifest)
    manifest.write_text("image1,image2\nimages/one.png,images/one.png\n")

    refused = _run(stage, "batch", manifest)
    restarted = _run(stage, "batch", manifest, "--restart")

    assert (refused.exit_code, "--restart" in refused.output) == (3, True)
    assert restarted.exit_code == 0, restarted.output
    assert len(list(stage.client.batches.list())) == 2


def test_a_batch_that_was_deleted_needs_a_restart_if_it_was_whole(
    stage, manifest: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (manifest.parent / "images" / "66.png").write_bytes(png)
    manifest.write_text("image1,image2\nimages/66.png,images/one.png\n")
    monkeypatch.setattr(Client, "upload", _interrupted)
    _run(stage, "batch", manifest)
    (begun,) = stage.client.batches.list()
    stage.client.batches.cancel(begun.id)
    monkeypatch.setattr(Client, "upload", _UPLOAD)
    sent = _run(stage, "batch", manifest)
    batch = next(stage.client.batches.list())
    stage.client.batches.delete(batch.id)

    assert (sent.exit_code, f"{begun.id} was cancelled" in sent.output) == (0, True), sent.output
    gone = _run(stage, "batch", manifest)
    restarted = _run(stage, "batch", manifest, "--restart")

    assert (gone.exit_code, "--restart sends the manifest again" in " ".join(gone.output.split())) == (4, True)
    assert restarted.exit_code == 0, restarted.output


def test_batches_are_listed_printed_cancelled_and_deleted(stage, manifest: Path, png: bytes) -> None:
    asset = {"asset": stage.client.upload(png).id}
    line = json.dumps({"custom_id": "a", "body": {"image1": asset, "image2": asset}})
    batch = stage.client.batches.create(f"{line}\nbroken\n".encode())
    stage.client.batches.wait(batch.id, wait_seconds=120)

    assert batch.id in _run(stage, "batches", "list").output
    assert json.loads(_run(stage, "batches", "output", batch.id).output)["custom_id"] == "a"
    assert json.loads(_run(stage, "batches", "errors", batch.id).output)["line"] == 2
    assert "completed" in _run(stage, "batches", "cancel", batch.id).output
    assert f"{batch.id} deleted" in _run(stage, "batches", "delete", batch.id).output
    assert {_run(stage, "batches", act, batch.id).exit_code for act in ("cancel", "delete", "output")} == {4}


def test_a_manifest_without_requests_says_why(stage, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("{\n")

    result = _run(stage, "batch", tmp_path / "pairs.jsonl")

    assert (result.exit_code, "left_out.jsonl says why" in result.output.replace("\n", " ")) == (3, True)
