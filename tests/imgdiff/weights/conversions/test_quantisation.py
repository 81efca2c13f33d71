"""Eight-bit matrix products stay near the real ones and come out as the same bytes."""

import numpy as np
import onnx
from onnx import helper

from imgdiff.weights.conversions.graph import GraphBuilder
from imgdiff.weights.conversions.quantisation import quantise_matmuls
from services.networks.runtime import onnx_session

WEIGHT = np.random.default_rng(1).normal(size=(64, 32)).astype(np.float32)


def _models() -> tuple[bytes, bytes]:
    graph = GraphBuilder()
    graph.add("MatMul", ["x", graph.floats(WEIGHT)], "y")
    plain = graph.model("product", {"x": ("N", 64)}, {"y": ("N", 32)})
    model = onnx.load_from_string(plain)
    quantised = helper.make_model(
        quantise_matmuls(model.graph), opset_imports=model.opset_import, ir_version=model.ir_version
    )
    return plain, quantised.SerializeToString(deterministic=True)


def test_products_are_near_the_real_ones():
    x = np.random.default_rng(2).normal(size=(10, 64)).astype(np.float32)
    plain, quantised = (np.asarray(onnx_session(model, threads=1).run(["y"], {"x": x})[0]) for model in _models())

    cosine = (plain * quantised).sum(1) / np.linalg.norm(plain, axis=1) / np.linalg.norm(quantised, axis=1)
    assert cosine.min() > 0.999
    assert len(_models()[1]) < len(_models()[0])


def test_the_bytes_are_the_same_every_time():
    assert _models() == _models()
