"""Inpainting by ONNX files with the inputs of LaMa and of MI-GAN; small real models stand for them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WeightsCorrupt
from imgdiff.images import RGB
from services.editing.backends.onnx_inpainting import OnnxInpainter
from services.editing.engine import create_engine
from services.editing.operations.edit import Refused
from services.editing.photo.vision import PhotoVision
from services.editing.removal.object_removal import ObjectRemover
from services.editing.settings import EditingSettings
from services.imaging.arrays import Flags

Written = Callable[..., Path]


def _model(nodes: list, inputs: list, output: object, constants: list) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "inpainting", inputs, [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _lama(side: int | str, scale: float) -> onnx.ModelProto:
    """image * (1 - mask) + 0.5 * mask, times the scale: the hole becomes grey."""
    given = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 1, side, side]),
    ]
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        for name, value in (("one", 1), ("half", 0.5), ("scale", scale))
    ]
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["known"]),
        helper.make_node("Mul", ["image", "known"], ["kept"]),
        helper.make_node("Mul", ["mask", "half"], ["grey"]),
        helper.make_node("Add", ["kept", "grey"], ["whole"]),
        helper.make_node("Mul", ["whole", "scale"], ["output"]),
    ]
    return _model(
        nodes, given, helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, side, side]), constants
    )


def _failing() -> onnx.ModelProto:
    """LaMa's inputs, and a shape that fits no image."""
    model = _lama("s", 255.0)
    model.graph.initializer.append(helper.make_tensor("shape", TensorProto.INT64, [4], [1, 3, 8, 8]))
    model.graph.node.insert(0, helper.make_node("Reshape", ["image", "shape"], ["small"]))
    model.graph.node[2].input[0] = "small"
    return model


def _migan() -> onnx.ModelProto:
    """The image where the mask is 255, else 200."""
    shapes = {"image": [1, 3, "h", "w"], "mask": [1, 1, "h", "w"]}
    given = [helper.make_tensor_value_info(name, TensorProto.UINT8, shape) for name, shape in shapes.items()]
    constants = [
        helper.make_tensor("all", TensorProto.UINT8, [], [255]),
        helper.make_tensor("fill", TensorProto.UINT8, [], [200]),
    ]
    nodes = [
        helper.make_node("Equal", ["mask", "all"], ["known"]),
        helper.make_node("Where", ["known", "image", "fill"], ["result"]),
    ]
    return _model(nodes, given, helper.make_tensor_value_info("result", TensorProto.UINT8, [1, 3, "h", "w"]), constants)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def save(model: onnx.ModelProto) -> Path:
        onnx.checker.check_model(model)
        onnx.save(model, tmp_path / "inpainter.onnx")
        return tmp_path / "inpainter.onnx"

    return save


@pytest.fixture
def picture() -> RGB:
    return np.random.default_rng(0).integers(0, 100, (150, 211, 3), np.uint8)


@pytest.fixture
def hole() -> Flags:
    mask = np.zeros((150, 211), np.bool_)
    mask[60:90, 100:140] = True
    return mask


@pytest.mark.parametrize(("side", "scale"), [(128, 255.0), (64, 1.0), ("s", 255.0)])
def test_lama_paints_the_hole_and_nothing_else(
    written: Written, picture: RGB, hole: Flags, side: int, scale: float
) -> None:
    inpainter = OnnxInpainter(written(_lama(side, scale)), threads=1)
    painted = inpainter(picture, hole)

    assert inpainter.kind == "LaMa"
    assert np.array_equal(painted[~hole], picture[~hole])
    assert np.abs(painted[70:80, 110:130].astype(int) - 128).max() <= 2


def test_migan_gets_a_mask_of_the_known_pixels(written: Written, picture: RGB, hole: Flags) -> None:
    path = written(_migan())
    inpainter = OnnxInpainter(path, threads=1)
    painted = inpainter(picture, hole)

    assert inpainter.kind == "MI-GAN"
    assert np.array_equal(painted[~hole], picture[~hole])
    assert (painted[hole] == 200).all()
    assert [(use.name, use.sha256) for use in inpainter.models] == [
        ("inpainter.onnx", hashlib.sha256(path.read_bytes()).hexdigest())
    ]


def test_a_hole_at_the_border_and_one_as_large_as_the_image_are_painted(written: Written, picture: RGB) -> None:
    inpainter = OnnxInpainter(written(_migan()), threads=1)
    corner, whole = np.zeros(picture.shape[:2], np.bool_), np.ones(picture.shape[:2], np.bool_)
    corner[:3, -3:] = True

    assert (inpainter(picture, corner)[corner] > 180).all()
    assert (inpainter(picture, whole) == 200).all()


def test_what_is_missing_broken_or_another_model_is_named(written: Written, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"INPAINTER_ONNX: the file .* does not exist"):
        OnnxInpainter(tmp_path / "none.onnx", 1)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(WeightsCorrupt, match=r"broken\.onnx"):
        OnnxInpainter(broken, 1)
    one = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4, 8, 8])
    other = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 8, 8])
    bare = _model([helper.make_node("Identity", ["input"], ["output"])], [one], other, [])
    with pytest.raises(ValueError, match="expected image and mask of LaMa or MI-GAN"):
        OnnxInpainter(written(bare), 1)


def test_the_embedded_backend_paints_with_the_file_that_the_settings_name(
    written: Written, vision: PhotoVision
) -> None:
    path = written(_migan())
    engine = create_engine(EditingSettings(threads=1, inpainter_onnx=str(path)))
    inpainter = OnnxInpainter(path, 1)
    photo, hole = np.full((120, 160, 3), 200, np.uint8), np.zeros((120, 160), np.bool_)
    hole[40:80, 60:100] = True
    photo[hole] = 20

    best = ObjectRemover(vision.anomaly_score, inpainter)(photo, [hole], np.zeros_like(hole), 0.04)[0]

    engine.warm_up()

    assert (best.image == 200).all()
    assert inpainter.models[0] in engine.models


def test_a_model_that_fails_on_an_image_says_on_which(written: Written, picture: RGB, hole: Flags) -> None:
    inpainter = OnnxInpainter(written(_failing()), 1)

    with pytest.raises(ImgdiffError, match=r"inpainter\.onnx cannot paint \d+ x \d+ pixels") as caught:
        inpainter(picture, hole)
    assert not isinstance(caught.value, ServiceUnavailable)


def test_pixels_that_are_no_numbers_refuse_the_filling(written: Written, picture: RGB, hole: Flags) -> None:
    with pytest.raises(Refused) as caught:
        OnnxInpainter(written(_lama("s", float("nan"))), 1)(picture, hole)
    assert caught.value.reason.code == "edit.not_finite"


def test_a_model_that_needs_more_memory_than_there_is_may_be_retried(
    written: Written, picture: RGB, hole: Flags
) -> None:
    model = _migan()
    model.graph.initializer.append(helper.make_tensor("vast", TensorProto.INT64, [1], [1 << 46]))
    model.graph.node.append(helper.make_node("ConstantOfShape", ["vast"], ["huge"]))
    model.graph.node.append(helper.make_node("ReduceMax", ["huge"], ["most"], keepdims=0))
    model.graph.output.append(helper.make_tensor_value_info("most", TensorProto.FLOAT, []))
    inpainter = OnnxInpainter(written(model), 1)

    with pytest.raises(ServiceUnavailable, match="memory") as caught:
        inpainter(picture, hole)
    assert caught.value.retry_after == 30


def test_a_model_that_can_paint_nothing_does_not_become_ready(written: Written) -> None:
    engine = create_engine(EditingSettings(threads=1, inpainter_onnx=str(written(_failing()))))

    with pytest.raises(ImgdiffError, match="cannot paint 512 x 512 pixels"):
        engine.warm_up()
