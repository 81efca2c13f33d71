"""Compare the pairs of a CSV file (columns image1, image2: paths) on Ray, by engines inside the actors; no gateway.

python examples/integrations/ray_engines.py pairs.csv answers GPUS_OF_AN_ACTOR
"""

import sys

import ray

from services.inprocess.ray import ComparePairs

pairs, answers, gpus = sys.argv[1:]
device = "cuda" if float(gpus) else "cpu"
found = ray.data.read_csv(pairs).map_batches(
    ComparePairs,
    fn_constructor_args=("image1", "image2"),
    fn_constructor_kwargs={"detection": {"device": device}, "captioning": {"device": device}},  # and their backends
    batch_format="pyarrow",
    batch_size=32,
    num_gpus=float(gpus),
    compute=ray.data.ActorPoolStrategy(size=1),  # as many as the cluster has GPUs
)
found.write_parquet(answers)
