"""Loading a weight file into onnxruntime or LiteRT with a fixed number of threads."""

from pathlib import Path

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from services.imaging.arrays import Floats


def onnx_session(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """A CPU session whose idle threads sleep, since several processes share the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # Without it sums of 8-bit products are cut at 16 bits on processors with AVX2 and no VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


class TfliteNetwork:
    """A TFLite network of one input, whose outputs are told apart by their width."""

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = self._interpreter.get_output_details()
        self._outputs = {int(output["shape"][-1]): output["index"] for output in outputs}

    def run(self, batch: NDArray[np.generic]) -> dict[int, Floats]:
        """The first row of each output, by its width."""
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        # get_tensor copies, so the next run cannot change these.
        return {width: self._interpreter.get_tensor(output)[0] for width, output in self._outputs.items()}
