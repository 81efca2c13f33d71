"""FiftyOne loads a data set from a gateway. GATEWAY FOLDER ANSWER"""

import json
import os
import subprocess
import sys
from pathlib import Path

import database_of_fiftyone  # noqa: F401  starts it, before FiftyOne reads its settings
import fiftyone as fo

from imgdiff.integrations.fiftyone.importer import GatewayImporter

gateway, folder, answer = sys.argv[1:]
nobody = "http://127.0.0.1:1"


def _load(name, target, url=gateway, **options):  # type: ignore[no-untyped-def]
    return fo.Dataset.from_importer(GatewayImporter(name, target, url=url, **options))


def _refused(run):  # type: ignore[no-untyped-def]
    try:
        run()
    except Exception as error:  # noqa: BLE001  whatever it is
        return f"{type(error).__name__}: {error}"
    return None


def _groups(dataset):  # type: ignore[no-untyped-def]
    return {group["before"].record_id: sorted(group) for group in dataset.iter_groups()}


whole = _load("default", folder)
samples = whole.select_group_slices(["before", "after"])
example = Path(__file__).parents[4] / "examples/integrations/fiftyone_pairs.py"
command = [sys.executable, example, "default", f"{folder}-example"]
printed = subprocess.run(command, env=os.environ | {"IMGDIFF_URL": gateway}, check=True, capture_output=True, text=True)
found = {
    "example": printed.stdout,
    "media_type": whole.media_type,
    "whole": _groups(whole),
    "again": _groups(_load("default", folder, url=nobody)),
    "different": _groups(_load("default", f"{folder}-different", verdict="different")),
    "missing": [path for path in samples.values("filepath") if not Path(path).exists()],
    "splits": samples.count_sample_tags(),
    "refusals": [
        _refused(lambda: _load("other", folder)),
        _refused(lambda: _load("nothing", f"{folder}-nothing")),
        _refused(lambda: _load("default", f"{folder}-away", url=nobody)),
    ],
}
Path(answer).write_text(json.dumps(found))
