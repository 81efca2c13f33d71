"""Fits the weights of `services/captioning/observation/naming.py` and `presence.py` on objects with known names.

`--photos` is a folder in COCO's format: its objects are pasted into its other photos, and the ground under them counts
as having no name. `--cutouts` is a folder of PNG with transparency, each file named after its object, for objects that
the detector has no class for. Prints the weights and how often names are right on held-out photos (5 folds).
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from imgdiff.images import RGB
from services.captioning.observation.change_mask import cut_figure, outline_change
from services.captioning.observation.crops import extract_features
from services.captioning.observation.features import Features
from services.captioning.observation.naming import NONE, detected_evidence, names, other_evidence
from services.captioning.observation.presence import pixel_evidence
from services.english.lexicon import lexicon
from services.imaging.figure_ground import crop_pair
from services.networks.classifier import Classifier
from services.networks.detector import ObjectDetector
from training.caption_pairs import make_pairs
from training.coco_photos import Photo, read_photos

_FOLDS = 5
_CUTOUT = 0.1  # weight of a cut-out, where an object of a photo has 1
_GROUND = 0.3  # weight of a place without an object
_START = (0.5, 0.5, 0.5, 0.5, 0.3, 1.0, -2.5, 5.0)  # detected, classified, unclassified, slope, constant, none


@dataclass(frozen=True)
class Example:
    """One side of a pair: its evidence, which of `names()` are right (none for ground), and its pixel evidence."""

    detected: np.ndarray
    others: np.ndarray
    right: np.ndarray
    weight: float
    fold: int
    pixels: tuple[float, ...] = ()
    is_object: bool = True


def main() -> None:
    """Collect examples, fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--cutouts", type=Path)
    parser.add_argument("--seeds", type=int, default=3, help="pairs of each kind for every photo")
    arguments = parser.parse_args()
    detector, classifier = ObjectDetector(2), Classifier(2)
    known = read_photos(arguments.photos)
    examples = list(of_photos(known, arguments.seeds, detector, classifier))
    _report_presence([one for one in examples if one.pixels])
    if arguments.cutouts:
        examples += of_cutouts(arguments.cutouts, [one.image for one in known], detector, classifier)
    _report_names(examples)


def of_photos(
    known: Sequence[Photo], seeds: int, detector: ObjectDetector, classifier: Classifier
) -> Iterator[Example]:
    """Both sides of every added, removed and replaced object."""
    fold = {photo.name: index % _FOLDS for index, photo in enumerate(known)}
    for seed in range(1000, 1000 + seeds):
        for pair in make_pairs(known, ("added", "removed", "replaced"), seed):
            for truth in pair.truths:
                images, labels = (pair.image1, pair.image2), (truth.label1, truth.label2)
                inside = outline_change(*images, truth.box, None)
                place = crop_pair(*images, truth.box, inside)
                evidence = pixel_evidence(place)
                for side, (image, label) in enumerate(zip(images, labels, strict=True)):
                    where = cut_figure(image, truth.box, inside) if pair.kind == "replaced" else (truth.box, inside)
                    features = extract_features(detector, classifier, image, *where)
                    yield _example(
                        features,
                        {label} if label else set(),
                        1.0 if label else _GROUND,
                        fold[pair.name],
                        evidence[side],
                    )


def of_cutouts(
    folder: Path, grounds: Sequence[RGB], detector: ObjectDetector, classifier: Classifier
) -> Iterator[Example]:
    """Each cut-out whose file name is a noun, pasted into a photo; its hyponyms and hypernyms are right as well."""
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        words = re.sub(r"[\d_-]+", " ", path.stem.lower()).split()
        noun = next((one for start in range(len(words)) if lexicon().noun(one := " ".join(words[start:]))), None)
        rgba = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if noun is None or rgba is None or rgba.ndim != 3 or rgba.shape[2] != 4:
            continue
        rng = np.random.default_rng(number)
        ground = grounds[number % len(grounds)].copy()
        scale = rng.uniform(70, 200) / max(rgba.shape[:2])
        small = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        (high, wide), (height, width) = small.shape[:2], ground.shape[:2]
        if min(high, wide) < 40 or high >= height or wide >= width:
            continue
        y, x = int(rng.integers(height - high)), int(rng.integers(width - wide))
        opacity, part = small[..., 3:] / 255, ground[y : y + high, x : x + wide]
        ground[y : y + high, x : x + wide] = np.rint(part * (1 - opacity) + small[..., 2::-1] * opacity)
        features = extract_features(detector, classifier, ground, (x, y, x + wide, y + high), small[..., 3] > 127)
        right = {one for one in names() if lexicon().is_a(noun, one) or lexicon().is_a(one, noun)}
        yield _example(features, right, _CUTOUT, number % _FOLDS)


def _example(features: Features, right: set[str], weight: float, fold: int, pixels: tuple[float, ...] = ()) -> Example:
    flags = np.array([name in right for name in names()])
    return Example(detected_evidence(features), other_evidence(features), flags, weight, fold, pixels, bool(right))


def _report_presence(examples: Sequence[Example]) -> None:
    rows = np.array([[*one.pixels, 1.0] for one in examples])
    is_object = np.array([one.is_object for one in examples])
    folds = np.array([one.fold for one in examples])
    right = 0
    for fold in range(_FOLDS):
        weights = _logistic(rows[folds != fold], is_object[folds != fold])
        right += int(((rows[folds == fold] @ weights > 0) == is_object[folds == fold]).sum())
    print(f"presence: {np.round(_logistic(rows, is_object), 2).tolist()} right {right / len(rows):.3f} of {len(rows)}")


def _logistic(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    x, y = torch.tensor(rows, dtype=torch.float32), torch.tensor(right, dtype=torch.float32)
    weights = torch.zeros(rows.shape[1], requires_grad=True)

    def loss() -> torch.Tensor:
        cross = torch.nn.functional.binary_cross_entropy_with_logits(x @ weights, y)
        return cross + 2e-3 * (weights[:-1] ** 2).sum()

    return _minimise(weights, loss)


def _report_names(examples: Sequence[Example]) -> None:
    folds = np.array([one.fold for one in examples])
    right = named = objects = 0
    for fold in range(_FOLDS):
        weights = _fit_names([one for one in examples if one.fold != fold])
        held = [one for one, own in zip(examples, folds, strict=True) if own == fold and one.is_object and one.pixels]
        shares = torch.softmax(_scores(held, torch.tensor(weights)), 1)[:, :-1].numpy()
        best = shares.argmax(axis=1)
        sure = shares.max(axis=1) >= 0.5
        objects, named = objects + len(held), named + int(sure.sum())
        right += sum(bool(one.right[index]) for one, index, is_sure in zip(held, best, sure, strict=True) if is_sure)
    print(f"names: {np.round(_fit_names(examples), 2).tolist()} (none of them is {NONE} today)")
    print(f"of {objects} objects {named / objects:.2f} named, {right / objects:.2f} right")


def _fit_names(examples: Sequence[Example]) -> np.ndarray:
    right = torch.tensor(np.array([[*one.right, not one.right.any()] for one in examples]))
    weight = torch.tensor([one.weight for one in examples])
    weights = torch.tensor(_START, requires_grad=True)

    def loss() -> torch.Tensor:
        log = torch.log_softmax(_scores(examples, weights), 1).masked_fill(~right, -1e9)
        return -(torch.logsumexp(log, 1) * weight).sum() / weight.sum() + 2e-3 * (weights[:-1] ** 2).sum()

    return _minimise(weights, loss)


def _scores(examples: Sequence[Example], weights: torch.Tensor) -> torch.Tensor:
    detected = torch.tensor(np.stack([one.detected for one in examples])) @ weights[:5]
    others = torch.tensor(np.stack([one.others for one in examples])) * weights[5] + weights[6]
    return torch.cat([detected, others, weights[7].expand(len(examples), 1)], 1)


def _minimise(weights: torch.Tensor, loss: Callable[[], torch.Tensor]) -> np.ndarray:
    optimiser = torch.optim.LBFGS([weights], max_iter=200)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
    return np.asarray(weights.detach().numpy())


if __name__ == "__main__":
    main()
