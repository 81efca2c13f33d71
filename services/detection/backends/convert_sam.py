"""`python -m services.detection.backends.convert_sam IN.pth OUT.safetensors`: Segment Anything's checkpoint, made safe.

A .pth is a pickle, which can run code when it is read. It is read here once, with torch's restricted unpickler, and
only its tensors are written; the service itself reads safetensors alone.
"""

import argparse
import pickle
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


def convert(source: Path, target: Path) -> int:
    """Write the tensors of `source` to `target` and answer how many; raises ValueError unless it holds only tensors."""
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{source} is broken or holds more than tensors, and is not read: {error}") from error
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise ValueError(f"{source} is no state dict: a table of names and tensors was expected")
    tensors = {str(name): value.contiguous().clone() for name, value in loaded.items()}
    partial = target.with_name(target.name + ".part")
    save_file(tensors, partial, metadata={"format": "pt"})
    partial.replace(target)
    return len(tensors)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, metavar="IN.pth")
    parser.add_argument("target", type=Path, metavar="OUT.safetensors")
    asked = parser.parse_args()
    try:
        count = convert(asked.source, asked.target)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"{asked.target}: {count} tensors")


if __name__ == "__main__":
    main()
