"""Loading a weight file into onnxruntime or LiteRT with a fixed number of threads."""

from pathlib import Path

import onnxruntime
from ai_edge_litert.interpreter import Interpreter


def onnx_session(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """A CPU session whose idle threads sleep, since several processes share the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


def tflite_interpreter(path: Path, threads: int) -> Interpreter:
    """A LiteRT interpreter with its tensors allocated."""
    interpreter = Interpreter(model_path=str(path), num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter
