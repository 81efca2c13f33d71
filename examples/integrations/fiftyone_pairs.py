"""Load a data set of a gateway into FiftyOne and count what was found.

IMGDIFF_URL=http://127.0.0.1:8000 python examples/integrations/fiftyone_pairs.py mine media
"""

import sys

import fiftyone as fo

from imgdiff.integrations.fiftyone.importer import GatewayImporter

name, folder = sys.argv[1:]
dataset = fo.Dataset.from_importer(GatewayImporter(name, folder), name=f"imgdiff {name}", persistent=True)
print(dataset.count_values("regions.detections.label"))
print(f"look at it: fiftyone app launch 'imgdiff {name}'")
