"""Label Studio's SDK on an export: whether configuration, tasks and predictions are valid, and masks. EXPORT ANSWER"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from label_studio_sdk.converter.brush import decode_rle
from label_studio_sdk.label_interface import LabelInterface
from label_studio_sdk.label_interface.objects import PredictionValue, TaskValue

export = Path(sys.argv[1])
interface = LabelInterface((export / "label_config.xml").read_text())
interface.validate()
found = []
for task in json.loads((export / "tasks.json").read_text()):
    (prediction,) = task["predictions"]
    read = TaskValue(**{**task, "predictions": None})
    masks = {
        result["id"]: hashlib.sha256(
            np.ascontiguousarray(
                decode_rle(result["value"]["rle"]).reshape(result["original_height"], result["original_width"], 4)[
                    ..., 3
                ]
                > 0
            ).tobytes()
        ).hexdigest()
        for result in prediction["result"]
        if result["type"] == "brushlabels"
    }
    found.append(
        {
            "task": read.data,
            "fits": interface.validate_task({"data": task["data"]}),
            "errors": interface.validate_prediction(prediction, return_errors=True),
            "prediction": PredictionValue(**prediction).model_dump(mode="json"),
            "masks": masks,
        }
    )
controls = {name: sorted(control.labels or []) for name, control in interface._controls.items()}
Path(sys.argv[2]).write_text(json.dumps({"tasks": found, "controls": controls}))
