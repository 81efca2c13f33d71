"""A machine's GPUs, memory and disk are found without torch, and without a GPU there are none."""

from pathlib import Path

import pytest

from imgdiff.backends.machine import find_gpus, inspect_machine


def _install(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name in front of the path, as NVIDIA's driver brings it."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_gpus_are_read_from_the_drivers_own_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "echo 'NVIDIA H100 80GB HBM3, 81559, 80994'; echo 'Odd, [N/A], 1'", monkeypatch)
    [gpu] = find_gpus()

    assert gpu.name == "NVIDIA H100 80GB HBM3"
    assert gpu.total_gb == pytest.approx(85.5, abs=0.1)
    assert gpu.free_gb < gpu.total_gb


@pytest.mark.parametrize("script", ["exit 9", "echo 'NVIDIA-SMI has failed'"])
def test_a_driver_that_fails_has_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    _install(tmp_path, script, monkeypatch)

    assert find_gpus() == ()


def test_no_driver_has_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_gpus() == ()


def test_memory_and_disk_are_those_of_this_machine(tmp_path: Path) -> None:
    machine = inspect_machine(tmp_path / "not" / "yet")

    assert machine.memory_gb is not None
    assert machine.memory_gb > 0.5
    assert machine.disk_gb > 0
