"""Masks as Label Studio's brush strokes: run lengths of the four channels of a picture, row by row, packed in bits."""

from imgdiff.objects import run_lengths
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Mask

_CHANNELS = 4  # red, green, blue and opacity, all 0 or all 255
_WIDTHS = (3, 4, 8, 16)  # bits that a run's length may take; each run states which
_LONGEST = 1 << _WIDTHS[-1]
_HEADER = f"{8 - 1:05b}" + "".join(f"{width - 1:04b}" for width in _WIDTHS)  # bits of a value, then the widths


def encode_brush(mask: Mask) -> list[int]:
    """The mask as bytes, which its size must accompany."""
    runs = run_lengths.measure(decode_mask(mask).tobytes())
    height, width = mask.size
    bits = [f"{height * width * _CHANNELS:032b}", _HEADER]
    for index, run in enumerate(runs):
        left = run * _CHANNELS
        while left > 0:
            bits.append(_write_run(min(left, _LONGEST), 255 if index % 2 else 0))
            left -= _LONGEST
    packed = "".join(bits)
    packed += "0" * (8 - len(packed) % 8)
    return list(int(packed, 2).to_bytes(len(packed) // 8))


def _write_run(length: int, value: int) -> str:
    """A mark that one value is repeated, the index of the width, the length and the value."""
    index = next(index for index, width in enumerate(_WIDTHS) if length <= 1 << width)
    return f"1{index:02b}{length - 1:0{_WIDTHS[index]}b}{value:08b}"
