"""Data-Juicer's Difference Area Generator as a process of its own environment; run by `benchmarks.peers`.

It reads one JSON line a pair and answers one JSON line. Boxes and nouns are given, so that neither FastSAM nor NLTK's
tagger is run; all else is the operator as it ships, with the networks of the folders on the command line.
"""

import json
import sys
import time
from collections import Counter

import numpy as np
import torch
from data_juicer.ops.base_op import Mapper
from data_juicer.ops.filter.image_pair_similarity_filter import ImagePairSimilarityFilter
from data_juicer.ops.filter.image_text_matching_filter import ImageTextMatchingFilter
from data_juicer.ops.mapper import imgdiff_difference_area_generator_mapper as operator
from data_juicer.utils.constant import Fields, MetaKeys, StatsKeys
from data_juicer.utils.model_utils import get_model
from torch.nn.modules.module import register_module_forward_hook

_COUNTED = ("CLIPVisionTransformer", "BlipVisionModel", "BlipTextModel")


class _Planted(Mapper):
    """Returns the pair's boxes, as [centre x, centre y, width, height] for each image."""

    boxes: list = []

    def process_single(self, sample, rank=None):  # noqa: ARG002  their signature
        sample[Fields.meta][MetaKeys.bbox_tag] = [np.array(boxes, np.float32) for boxes in self.boxes]
        return sample


class _Matching(ImageTextMatchingFilter):
    """The operator's own filter, whose scores are noted by crop and noun."""

    def __init__(self, **given):
        super().__init__(**given)
        self.scores = {}

    def compute_stats_single(self, sample, rank=None, context=False):
        sample = super().compute_stats_single(sample, rank, context)
        name = sample["images"][0].rsplit("_", 2)
        image, place = int(name[-2]), int(name[-1].split("<")[1].split(">")[0])
        self.scores[f"{place}/{image}"] = sample[Fields.stats][StatsKeys.image_text_matching_score][0]
        return sample


def main() -> None:
    """Load the networks, run one pair for each line."""
    given = json.loads(sys.argv[1])
    torch.set_num_threads(given["threads"])
    area, matching, planted = _load(given)
    rows = Counter()
    register_module_forward_hook(lambda module, *_: rows.update([type(module).__name__]))
    answers = sys.stdout
    sys.stdout = sys.stderr  # the operator's progress bars and logs
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        pair = json.loads(line)
        planted.boxes, matching.scores = pair["boxes"], {}
        operator.compare_text_index = lambda *_, nouns=pair["nouns"]: tuple([noun] for noun in nouns)
        rows.clear()
        started = time.perf_counter()
        sample = area.process_single({key: pair[key] for key in ("image_path1", "image_path2", "caption1", "caption2")})
        seconds = time.perf_counter() - started
        boxes = np.asarray(sample[Fields.meta][MetaKeys.bbox_tag]).tolist()
        counted = {
            name: rows[name]
            for name in ("CLIPVisionModel", "CLIPVisionTransformer", "BlipVisionModel", "BlipTextModel")
        }
        answer = {"seconds": seconds, "boxes": boxes, "scores": matching.scores, "rows": counted}
        print(json.dumps(answer), file=answers, flush=True)


def _load(given):
    """The operator with the given networks and thresholds, its filter of crops, and the segmenter's stand-in."""
    similarity = {"min_score_1": -1.0, "max_score_1": 1.0, "min_score_2": -1.0, "max_score_2": given["most_alike"]}
    alike = ImagePairSimilarityFilter(hf_clip=given["clip"], accelerator="cpu")
    matching = _Matching(hf_blip=given["blip"], min_score=given["least_match"], accelerator="cpu")
    planted = _Planted(accelerator="cpu")
    operator.load_ops = lambda _: [alike, planted, matching]
    area = operator.Difference_Area_Generator_Mapper(image_pair_similarity_filter_args=similarity, accelerator="cpu")
    for key in (alike.model_key, matching.model_key):
        get_model(key, None, False)[0].eval()
    return area, matching, planted


if __name__ == "__main__":
    main()
