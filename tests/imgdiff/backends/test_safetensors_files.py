"""Headers of safetensors say whether a file is whole and what it holds; no torch is needed to read them."""

import json
from pathlib import Path

import pytest

from imgdiff.backends.safetensors_files import list_weights, read_header, require_runnable
from imgdiff.errors import WeightsCorrupt


def _write(path: Path, **tensors: tuple[str, list[int], int]) -> Path:
    """A file of tensors that are all zero: type, shape and bytes of each."""
    table: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape, size) in tensors.items():
        table[name.replace("_", ".")] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    header = json.dumps(table).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(end))
    return path


def test_parameters_are_counted_without_whole_numbers(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.safetensors", a_weight=("BF16", [3, 4], 24), position_ids=("I64", [5], 40))

    assert read_header(path).parameters == 12
    require_runnable(path, read_header(path))


def test_one_byte_too_many_or_too_few_is_noticed(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.safetensors", a_weight=("F32", [4], 16))
    whole = path.read_bytes()
    for content in (whole[:-1], whole + b"x"):
        path.write_bytes(content)
        with pytest.raises(WeightsCorrupt, match="is truncated or was changed"):
            read_header(path)


@pytest.mark.parametrize("content", [b"", b"short", bytes(8), b"\xff" * 64, (2).to_bytes(8, "little") + b"[]"])
def test_other_bytes_are_no_safetensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsCorrupt, match="is no safetensors file"):
        read_header(path)


def test_weights_of_eight_or_four_bits_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.safetensors", layer_weight=("F8_E4M3", [4], 4))
    with pytest.raises(ValueError, match=r"a\.safetensors holds layer\.weight as F8_E4M3"):
        require_runnable(path, read_header(path))


def test_variants_and_shards_are_told_apart(tmp_path: Path) -> None:
    for name in ("model", "model.fp16", "model-00001-of-00002", "model-00002-of-00002"):
        _write(tmp_path / f"{name}.safetensors")
    plain = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors"]

    assert [path.name for path in list_weights(tmp_path)] == plain
    assert [path.name for path in list_weights(tmp_path, ".fp16.safetensors")] == ["model.fp16.safetensors"]


def test_an_index_of_shards_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(WeightsCorrupt, match="is no index of shards"):
        list_weights(tmp_path)
