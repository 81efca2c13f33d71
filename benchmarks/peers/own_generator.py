"""imgdiff's area generator on the networks and the boxes of the race, with every network's rows counted."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.peers.clip_weights import load_tower
from benchmarks.peers.pairs import Planted
from benchmarks.peers.peer import NOUNS
from imgdiff.images import RGB, ImageLimits
from imgdiff.records import Box, ModelUse, Policy
from imgdiff.stages import Detection, DetectionRequest
from services.detection import limits as detection
from services.detection.area_generator.segmentation import Segment
from services.detection.backends.area_engine import AreaEngine
from services.detection.backends.embedder import TowerEmbedder
from services.detection.schema import parse_pair
from services.gpu.clip import ImageTower, build_clip
from services.gpu.compute import Batches, compute_on
from services.gpu.weights import ModelFolder
from services.matching import limits as matching
from services.matching.backends.blip import load_blip
from services.matching.object_matcher import Crop
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

CLIP = "ViT-B-32-quickgelu"
_COUNTED = ("VisionTransformer", "BlipVisionModel", "BlipTextModel")
_USE = ModelUse(stage="detection", name="random", version="0", sha256="0" * 64, licence="CC0-1.0")


@dataclass(frozen=True)
class OwnAnswer:
    """Seconds, the places kept, the score of each place as far as it was measured, and the rows by network."""

    seconds: float
    kept: frozenset[Box]
    scores: dict[Box, float]
    rows: dict[str, int]


class _PlantedSegmenter:
    """Returns the boxes of the pair that is being run, image1's first."""

    boxes: tuple[tuple[Box, ...], ...] = ()

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        """See `Segmenter`; the two images of one pair."""
        return [
            [Segment(box, np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in boxes]
            for _, boxes in zip(images, self.boxes, strict=True)
        ]


class OwnGenerator:
    """The engine of detection's area generator on the race's networks; `least_match` may be set between pairs."""

    def __init__(self, networks: Path, *, device: str, threads: int, most_alike: float, clip: str = CLIP) -> None:
        compute, metrics = compute_on(device, threads), ServiceMetrics("detection")
        self.least_match = 0.0
        self._most_alike = most_alike
        tower = build_clip(clip, prefix="")
        tower.visual.load_state_dict(load_tower(networks / "clip"))
        seen, matched = (
            own.CROPS_AT_ONCE if compute.device.type == "cuda" else own.CROPS_AT_ONCE_CPU
            for own in (detection, matching)
        )
        images = ImageTower(tower, compute, bfloat16=compute.uses_bfloat16("auto"))
        embedder = TowerEmbedder(images, crops_at_once=seen, halved=_halved)
        folder = ModelFolder(networks / "blip", _USE)
        self._matcher = load_blip(folder, "", compute, mode="itm", dtype="auto", rows=Batches(matched, _halved))
        self._segmenter = _PlantedSegmenter()
        self._engine = AreaEngine(
            self._segmenter, embedder, device=device, models=(), metrics=metrics, threads=threads, matcher=self._matcher
        )
        self._rows: Counter[str] = Counter()
        torch.nn.modules.module.register_module_forward_hook(self._count)

    def run(self, pair: Planted) -> OwnAnswer:
        """The engine's answer from the files of a pair."""
        self._segmenter.boxes = pair.boxes
        self._rows.clear()
        request = DetectionRequest(
            policy=Policy.CURATE,
            max_regions=100,
            noun1=NOUNS[0],
            noun2=NOUNS[1],
            thresholds={
                "pair.too_different": -1.0,
                "pair.too_similar": 1.0,
                "region.too_similar": self._most_alike,
                "region.too_small": 0.0,
                "region.no_evidence": 1e-6,  # any changed pixel: random weights find all crops alike
                "object.mismatch": self.least_match,
            },
        )
        started = time.perf_counter()
        before, after = (path.read_bytes() for path in pair.paths)
        work = parse_pair(before, after, request.model_dump_json(), ImageLimits())
        (answer,) = self._engine.run([Ticket(work)])
        seconds = time.perf_counter() - started
        if not isinstance(answer, Detection):
            raise answer
        found = [region for region in answer.regions if region.scores and region.box]
        kept = frozenset(region.place for region in found if region.kept)
        measured = ((one.place, one.scores and one.scores.object_match) for one in found)
        scores = {place: score for place, score in measured if score is not None}
        return OwnAnswer(seconds, kept, scores, dict(self._rows))

    def middle_score(self, pair: Planted) -> float:
        """The median score of the crops of a pair, so that about half of them match."""
        pixels = [np.asarray(Image.open(path)) for path in pair.paths]
        crops = [Crop(image, box) for boxes in pair.boxes for box in boxes for image in pixels]
        nouns = [[noun] for _ in range(len(crops) // 2) for noun in NOUNS]
        return float(np.median(self._matcher.match_nouns(crops, nouns)))

    def _count(self, module: torch.nn.Module, given: tuple[object, ...], _: object) -> None:
        name = type(module).__name__
        if name in _COUNTED:
            rows = next((one for one in given if isinstance(one, torch.Tensor)), None)
            self._rows[name] += 1 if rows is None else len(rows)


def _halved() -> None:
    raise MemoryError("a batch did not fit, so the race would not be fair")
