"""What this machine has for large models: NVIDIA GPUs, memory and free disk. It needs no torch."""

import os
import shutil
import subprocess
from pathlib import Path

from imgdiff.frozen import Frozen

GB = 1e9
_QUERY = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")  # the tool's MiB
_SECONDS = 10  # for nvidia-smi, which takes about one; chosen, not measured
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container, v2 and v1


class Gpu(Frozen):
    """One NVIDIA GPU; memory in GB (10^9 bytes)."""

    name: str
    total_gb: float
    free_gb: float


class Machine(Frozen):
    """GPUs, main memory that this process may use, and free disk where the hub's cache is; in GB (10^9 bytes)."""

    gpus: tuple[Gpu, ...]
    memory_gb: float | None
    disk_gb: float


def inspect_machine(cache: Path) -> Machine:
    """This machine; `cache` is the folder that models are fetched into."""
    memory = usable_memory()
    return Machine(gpus=find_gpus(), memory_gb=None if memory is None else memory / GB, disk_gb=free_space(cache) / GB)


def free_space(folder: Path) -> int:
    """Free bytes where a folder is or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def find_gpus() -> tuple[Gpu, ...]:
    """The GPUs that NVIDIA's driver reports; none where its tool is missing or fails."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        shown = subprocess.run([tool, *_QUERY], capture_output=True, text=True, check=True, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(gpu for line in shown.stdout.splitlines() if (gpu := _read(line)) is not None)


def _read(line: str) -> Gpu | None:
    """A line such as `NVIDIA H100 80GB HBM3, 81559, 80994`, in MiB."""
    try:
        name, total, free = (part.strip() for part in line.rsplit(",", 2))
        return Gpu(name=name, total_gb=int(total) * 2**20 / GB, free_gb=int(free) * 2**20 / GB)
    except ValueError:
        return None


def usable_memory() -> int | None:
    """Bytes of main memory, or of the container's limit where that is lower; None where the system does not tell."""
    if not hasattr(os, "sysconf"):  # on Windows
        return None
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [Path(name).read_text().strip() for name in _LIMITS if Path(name).is_file()]
    return min([whole, *(int(limit) for limit in limits if limit.isdigit())])
