"""Compare the pairs of a CSV file (columns image1, image2: paths) on Ray, and write Parquet.

IMGDIFF_URL=http://127.0.0.1:8000 python examples/integrations/ray_data.py pairs.csv answers
"""

import os
import sys

import ray

from imgdiff.integrations.ray import ComparePairs

pairs, answers = sys.argv[1:]
found = ray.data.read_csv(pairs).map_batches(
    ComparePairs,
    fn_constructor_args=("image1", "image2"),
    fn_constructor_kwargs={"url": os.environ["IMGDIFF_URL"]},  # as the nodes of the cluster reach it
    batch_format="pyarrow",
    batch_size=32,
    num_cpus=0.5,  # of a core: an actor waits for the gateway, mostly
    compute=ray.data.ActorPoolStrategy(size=1),
)
found.write_parquet(answers)
