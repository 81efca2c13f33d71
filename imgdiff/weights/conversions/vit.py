"""The ViT-S/14 backbone of a saliency network, cut to end in the tokens of blocks 5 to 10."""

import onnx
from onnx import helper

from imgdiff.weights.conversions.graph import IR_VERSION, serialised, value
from imgdiff.weights.conversions.quantisation import quantise_matmuls

# the last block is specialised by the saliency training; these keep object-level tokens
BLOCKS = (5, 6, 7, 8, 9, 10)
WIDTH = 384  # numbers a token, ViT-S


def vits14_int8(data: bytes) -> bytes:
    """Input `image` (N, 3, H, W), sides multiples of 14; outputs `block5`..`block10` (N, 1 + tokens, 384)."""
    model = onnx.load_from_string(data)
    ends = {f"block{block}": f"/backbone/encoder/layer.{block}/Add_1_output_0" for block in BLOCKS}
    nodes = _ancestors(model.graph, list(ends.values()))
    source = model.graph.input[0].name
    nodes.insert(0, helper.make_node("Identity", ["image"], [source]))
    nodes.extend(helper.make_node("Identity", [end], [name]) for name, end in ends.items())
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "vits14",
        [value("image", ("N", 3, "H", "W"))],
        [value(name, ("N", "T", WIDTH)) for name in ends],
        [constant for constant in model.graph.initializer if constant.name in used],
    )
    opsets = [helper.make_opsetid(opset.domain, opset.version) for opset in model.opset_import]
    cut = helper.make_model(quantise_matmuls(graph), opset_imports=opsets, ir_version=IR_VERSION)
    return serialised(cut)


def _ancestors(graph: onnx.GraphProto, ends: list[str]) -> list[onnx.NodeProto]:
    producers = {output: index for index, node in enumerate(graph.node) for output in node.output}
    needed: set[int] = set()
    open_names = list(ends)
    while open_names:
        index = producers.get(open_names.pop())
        if index is not None and index not in needed:
            needed.add(index)
            open_names.extend(graph.node[index].input)
    return [graph.node[index] for index in sorted(needed)]
