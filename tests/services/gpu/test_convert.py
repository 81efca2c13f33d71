"""A checkpoint becomes safetensors once, and nothing in it is run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from imgdiff.errors import WeightsCorrupt
from services.gpu.convert import convert_file, convert_folder, converted_folder, find_checkpoints, main
from services.gpu.digests import digest_of

COMMAND = [sys.executable, "-m", "services.gpu.convert"]


class _Touches:
    """An object whose pickle makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return (Path.touch, (self.path,))


@pytest.fixture(autouse=True)
def _empty(hub_cache: Path) -> None:
    """Digests are kept beside an empty cache."""


def _network() -> dict[str, torch.Tensor]:
    """With a tensor that is part of another, one stored by columns, and one of whole numbers."""
    whole = torch.arange(12.0).reshape(3, 4)
    return {"whole": whole, "part": whole[1], "tied": whole, "columns": torch.rand(3, 5).T, "places": torch.arange(5)}


@pytest.mark.parametrize("wrap", [lambda table: table, lambda table: {"model": table}], ids=["plain", "nested"])
def test_the_command_writes_the_tensors_and_what_they_came_from(tmp_path: Path, wrap: object) -> None:
    torch.save(wrap(_network()), tmp_path / "net.pth")
    target = tmp_path / "net.safetensors"
    result = subprocess.run([*COMMAND, tmp_path / "net.pth", target], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    written = load_file(target)
    assert written.keys() == _network().keys()
    assert torch.equal(written["part"], written["tied"][1])
    assert written["places"].dtype == torch.int64
    with safe_open(target, "pt") as file:
        assert file.metadata()["source_sha256"] == digest_of(tmp_path / "net.pth")


def test_a_folder_of_shards_becomes_one_of_safetensors_with_its_index(tmp_path: Path) -> None:
    source, target = tmp_path / "net", tmp_path / "safe"
    source.mkdir()
    names = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    for number, name in enumerate(names):
        torch.save({f"t{number}": torch.full((2,), float(number))}, source / name)
    index = {"metadata": {"total_size": 16}, "weight_map": {"t0": names[0], "t1": names[1]}}
    (source / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    (source / "config.json").write_text("{}")

    assert convert_folder(source, target) == 2
    assert sorted(path.name for path in target.iterdir()) == [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]
    assert json.loads((target / "model.safetensors.index.json").read_text())["weight_map"] == {
        "t0": "model-00001-of-00002.safetensors",
        "t1": "model-00002-of-00002.safetensors",
    }


def test_a_checkpoint_that_would_run_code_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"one": torch.ones(1), "trap": _Touches(tmp_path / "ran")}, tmp_path / "trap.pth")
    with pytest.raises(ValueError, match="more than tensors"):
        convert_file(tmp_path / "trap.pth", tmp_path / "out.safetensors")

    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize("content", [{"one": 1}, [torch.ones(1)]])
def test_what_is_no_table_of_tensors_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="no state dict"):
        convert_file(tmp_path / "other.pth", tmp_path / "out.safetensors")


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"a pickle"])
def test_the_command_says_what_is_wrong_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    monkeypatch.setattr(sys, "argv", ["convert", str(tmp_path / "bad.pth"), str(tmp_path / "out.safetensors")])
    with pytest.raises(SystemExit) as ended:
        main()

    message = ended.value.code  # a text: Python prints it to standard error and exits with 1
    assert isinstance(message, str)
    assert "bad.pth" in message
    assert "Traceback" not in message


def _shard_folder(folder: Path, last: float, kind: str) -> list[Path]:
    """Four shards, of which only the last one differs between folders, beside a configuration."""
    folder.mkdir()
    values = dict(
        zip((f"pytorch_model-{number}-of-4.bin" for number in range(1, 5)), (1.0, 2.0, 3.0, last), strict=True)
    )
    for name, value in values.items():
        torch.save({name: torch.full((2,), value)}, folder / name)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {name: name for name in values}}))
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    return find_checkpoints(folder)


def test_models_that_share_shards_are_converted_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    converted = [
        converted_folder(folder, _shard_folder(folder, last, folder.name))
        for folder, last in ((one, 4.0), (other, 5.0))
    ]

    lasts = [load_file(folder / "model-4-of-4.safetensors")["pytorch_model-4-of-4.bin"][0] for folder in converted]
    kinds = [json.loads((folder / "config.json").read_text())["model_type"] for folder in converted]
    assert (lasts, kinds) == ([4.0, 5.0], ["one", "other"])


@pytest.mark.parametrize("index", ["{}", "[]", "{"])
def test_a_broken_index_of_shards_is_named(tmp_path: Path, index: str) -> None:
    (tmp_path / "pytorch_model.bin.index.json").write_text(index)

    with pytest.raises(WeightsCorrupt, match="is no index of shards"):
        find_checkpoints(tmp_path)
