"""A checkpoint becomes safetensors once, and nothing in it is run."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from services.detection.backends.convert_sam import convert, main
from services.detection.backends.sam import build_sam
from services.gpu.weights import weight_file

COMMAND = [sys.executable, "-m", "services.detection.backends.convert_sam"]


class _Touches:
    """An object whose pickle makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return (Path.touch, (self.path,))


def test_the_command_converts_a_checkpoint_that_the_backend_then_loads(tmp_path: Path) -> None:
    model = build_sam("tiny")
    torch.save(model.state_dict(), tmp_path / "sam.pth")
    target = tmp_path / "sam.safetensors"
    result = subprocess.run([*COMMAND, tmp_path / "sam.pth", target], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    again = build_sam("tiny", weight_file(str(target), "SETTING", "", stage="detection").tensors())
    assert all(torch.equal(one, two) for one, two in zip(model.parameters(), again.parameters(), strict=True))


def test_a_checkpoint_that_would_run_code_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"one": torch.ones(1), "trap": _Touches(tmp_path / "ran")}, tmp_path / "trap.pth")
    with pytest.raises(ValueError, match="more than tensors"):
        convert(tmp_path / "trap.pth", tmp_path / "out.safetensors")

    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize("content", [{"one": 1}, [torch.ones(1)]])
def test_what_is_no_table_of_tensors_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="no state dict"):
        convert(tmp_path / "other.pth", tmp_path / "out.safetensors")


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_the_command_says_what_is_wrong_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    monkeypatch.setattr(sys, "argv", ["convert_sam", str(tmp_path / "bad.pth"), str(tmp_path / "out.safetensors")])
    with pytest.raises(SystemExit) as ended:
        main()

    message = ended.value.code  # a text: Python prints it to standard error and exits with 1
    assert isinstance(message, str)
    assert "bad.pth" in message
    assert "Traceback" not in message
