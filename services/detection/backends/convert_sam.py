"""`python -m services.detection.backends.convert_sam IN.pth OUT.safetensors`: Segment Anything's checkpoint, made safe.

A .pth is a pickle, which can run code when it is read. This command reads it once, with torch's restricted unpickler,
and writes only its tensors; the service itself reads nothing but safetensors.
"""

import argparse
import pickle
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


def convert(source: Path, target: Path) -> int:
    """Write the tensors of `source` to `target` and return how many; raises ValueError unless it has only tensors."""
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{source} is broken or has more than tensors in it, so it is not read: {error}") from error
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise ValueError(f"{source} is no state dict, that is a table of names and tensors")
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
    arguments = parser.parse_args()
    try:
        count = convert(arguments.source, arguments.target)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"{arguments.target}: {count} tensors")


if __name__ == "__main__":
    main()
