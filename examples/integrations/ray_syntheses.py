"""Make pairs of the photos of a CSV file (column image: paths) on Ray, by engines inside the actors; no gateway.

python examples/integrations/ray_syntheses.py photos.csv pairs GPUS_OF_AN_ACTOR
"""

import sys

import ray

from services.inprocess.ray import SynthesizePairs

photos, pairs, gpus = sys.argv[1:]
device = {"device": "cuda" if float(gpus) else "cpu"}
made = ray.data.read_csv(photos).map_batches(
    SynthesizePairs,
    fn_constructor_args=("remove",),
    fn_constructor_kwargs={"count": 2, "seed": 7, "editing": device, "detection": device, "captioning": device},
    batch_format="pyarrow",
    batch_size=8,
    num_gpus=float(gpus),
    compute=ray.data.ActorPoolStrategy(size=1),  # as many as the cluster has GPUs
)
made.write_parquet(pairs)
