"""EfficientNet-Lite0 with a second output, the 1280 pooled features before its last layer."""

import struct

from flatbuffers.table import Table

EMBEDDING = b"efficientnet-lite0/model/head/Squeeze1"
# Byte offsets in the vtables of the TFLite schema (field number * 2 + 4).
_MODEL_SUBGRAPHS = 8
_SUBGRAPH_TENSORS, _SUBGRAPH_OUTPUTS = 4, 8
_TENSOR_NAME = 10


def with_embedding(data: bytes) -> bytes:
    """The same file with outputs [probabilities (1, 1000), embedding (1, 1280)].

    A longer list of outputs is appended and the reference set to it, so that the result does not depend on a version
    of the schema or of a serialiser.
    """
    buffer = bytearray(data)
    model = Table(buffer, struct.unpack_from("<I", buffer, 0)[0])
    subgraph = _element(model, _MODEL_SUBGRAPHS, 0)
    index = _tensor_named(subgraph, EMBEDDING)
    reference = subgraph.Pos + subgraph.Offset(_SUBGRAPH_OUTPUTS)
    start = subgraph.Vector(subgraph.Offset(_SUBGRAPH_OUTPUTS))
    count = subgraph.VectorLen(subgraph.Offset(_SUBGRAPH_OUTPUTS))
    outputs = [*struct.unpack_from(f"<{count}i", buffer, start), index]
    buffer.extend(bytes(-len(buffer) % 4))
    struct.pack_into("<I", buffer, reference, len(buffer) - reference)
    buffer.extend(struct.pack(f"<I{len(outputs)}i", len(outputs), *outputs))
    return bytes(buffer)


def _element(table: Table, field: int, index: int) -> Table:
    return Table(table.Bytes, table.Indirect(table.Vector(table.Offset(field)) + 4 * index))


def _tensor_named(subgraph: Table, name: bytes) -> int:
    for index in range(subgraph.VectorLen(subgraph.Offset(_SUBGRAPH_TENSORS))):
        tensor = _element(subgraph, _SUBGRAPH_TENSORS, index)
        if tensor.String(tensor.Pos + tensor.Offset(_TENSOR_NAME)) == name:
            return index
    raise ValueError(f"no tensor named {name.decode()}")
