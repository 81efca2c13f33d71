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
from imgdiff.records import Box
from services.captioning.limits import SURE_CLASS
from services.captioning.observation.change_mask import cut_figure, outline_change
from services.captioning.observation.crops import Networks, extract_features
from services.captioning.observation.features import Features
from services.captioning.observation.naming import NONE, detected_evidence, names, other_evidence
from services.captioning.observation.presence import pixel_evidence
from services.english.lexicon import lexicon
from services.imaging.arrays import Flags
from services.imaging.boxes import crop, window
from services.imaging.figure_ground import crop_pair
from training.caption_pairs import make_pairs
from training.coco_photos import Photo, read_photos

_FOLDS = 5
_CUTOUT = 0.1  # weight of a cut-out, where an object of a photo has 1
_GROUND = 0.3  # weight of the ground that an object was pasted on
_PLACE = 3.0  # weight of a place without an object: most regions of real pairs are such
_SHADED = 0.4  # share of these places under a shadow or a patch of light
_START = (0.5, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 1.0, -2.5, 5.0)  # three detected, three classified, ..., none


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
    networks = Networks.load(2)
    known = read_photos(arguments.photos)
    examples = list(of_photos(known, arguments.seeds, networks))
    _report_presence([one for one in examples if one.pixels])
    examples += of_places(known, networks)
    if arguments.cutouts:
        examples += of_cutouts(arguments.cutouts, [one.image for one in known], networks)
    _report_names(examples)


def of_photos(known: Sequence[Photo], seeds: int, networks: Networks) -> Iterator[Example]:
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
                    features = extract_features(networks, image, *where)
                    yield _example(
                        features,
                        {label} if label else set(),
                        1.0 if label else _GROUND,
                        fold[pair.name],
                        evidence[side],
                    )


def of_places(known: Sequence[Photo], networks: Networks) -> Iterator[Example]:
    """Objects where they are, and places of every photo without one, two of five of them shaded or lit."""
    for number, photo in enumerate(known):
        rng = np.random.default_rng((3, number))
        for one in photo.whole_objects[:1]:
            features = extract_features(networks, photo.image, one.box, one.mask)
            yield _example(features, {one.label}, 1.0, number % _FOLDS)
        for box in _empty_places(photo, rng):
            inside = _blob(box[3] - box[1], box[2] - box[0], rng)
            image = _shade(photo.image, box, inside, rng) if rng.random() < _SHADED else photo.image
            yield _example(extract_features(networks, image, box, inside), set(), _PLACE, number % _FOLDS)


def _empty_places(photo: Photo, rng: np.random.Generator) -> Iterator[Box]:
    """Up to three boxes in which nothing is annotated."""
    height, width = photo.image.shape[:2]
    taken = np.zeros((height, width), bool)
    for one in photo.instances:
        taken |= one.whole(height, width)
    found = 0
    for _ in range(60):
        side, aspect = np.exp(rng.uniform(np.log(32), np.log(min(height, width) / 2))), np.exp(rng.uniform(-0.7, 0.7))
        wide, high = int(side * aspect), int(side / aspect)
        if found == 3 or wide >= width - 4 or high >= height - 4 or min(wide, high) < 20:
            continue
        x, y = int(rng.integers(0, width - wide)), int(rng.integers(0, height - high))
        if taken[y : y + high, x : x + wide].mean() < 0.02:
            found += 1
            yield x, y, x + wide, y + high


def _blob(height: int, width: int, rng: np.random.Generator) -> Flags:
    """A ragged ellipse."""
    ragged = cv2.resize(rng.normal(size=(5, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:height, 0:width]
    return np.asarray(1 - np.hypot((y - height / 2) / (height / 2), (x - width / 2) / (width / 2)) + 0.35 * ragged > 0)


def _shade(image: RGB, box: Box, inside: Flags, rng: np.random.Generator) -> RGB:
    """The image with a soft shadow inside, or a patch of light."""
    gain = rng.uniform(0.4, 0.7) if rng.random() < 0.7 else rng.uniform(1.2, 1.5)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 2)[..., None]
    shaded = image.copy()
    part = crop(image, box)
    shaded[window(box)] = np.clip(part * (1 - soft) + part * gain * soft, 0, 255)
    return shaded


def of_cutouts(folder: Path, grounds: Sequence[RGB], networks: Networks) -> Iterator[Example]:
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
        features = extract_features(networks, ground, (x, y, x + wide, y + high), small[..., 3] > 127)
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
    print(f"presence: {_format(_logistic(rows, is_object))} right {right / len(rows):.3f} of {len(rows)}")


def _format(weights: np.ndarray) -> str:
    return ", ".join(f"{weight:.2f}" for weight in weights)


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
        sure = shares.max(axis=1) >= SURE_CLASS
        objects, named = objects + len(held), named + int(sure.sum())
        right += sum(bool(one.right[index]) for one, index, is_sure in zip(held, best, sure, strict=True) if is_sure)
    print(f"names: {_format(_fit_names(examples))} (none of them is {NONE} today)")
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
    detected = torch.tensor(np.stack([one.detected for one in examples])) @ weights[:7]
    others = torch.tensor(np.stack([one.others for one in examples])) * weights[7] + weights[8]
    return torch.cat([detected, others, weights[9].expand(len(examples), 1)], 1)


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
