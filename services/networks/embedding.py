"""One vector for what a crop shows: EfficientNet-Lite0 and SqueezeNet side by side."""

from collections.abc import Callable, Sequence

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats, move_channels_first
from services.imaging.cores import map_on_cores
from services.imaging.resizing import resize
from services.imaging.vectors import normalize
from services.networks.classifier import Classifier
from services.networks.runtime import onnx_session

WEIGHTS = ("efficientnet-lite0", "squeezenet")
SIDE = 224  # pixels of both networks' square input
WIDTH = 1280 + 512  # of both embeddings
Embed = Callable[[Sequence[RGB]], Floats]
_LARGEST_BATCH = 16  # crops at once, so that memory stays bounded; chosen, not measured
_MEAN_BGR = np.array([104, 117, 124], np.float32)  # ImageNet's, as SqueezeNet was trained


class CropEmbedder:
    """Embeds crops; the cosine of two rows is above 0.7 for the same thing, below 0.35 for different things."""

    def __init__(self, classifier: Classifier, threads: int) -> None:
        self._classifier = classifier
        self._session = onnx_session(weights.locate("squeezenet"), threads)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, 1792), each row of unit length, in order."""
        networks: tuple[Embed, ...] = (lambda images: self._classifier.run(images).embedding, self._squeezenet)
        return _join(map_on_cores(lambda network: network(crops), networks))

    def join(self, classifier_embedding: Floats, crops: Sequence[RGB]) -> Floats:
        """Return the same from the classifier's embedding (N, 1280) of the same crops."""
        return _join([classifier_embedding, self._squeezenet(crops)])

    def _squeezenet(self, crops: Sequence[RGB]) -> Floats:
        rows = [np.zeros((0, 512), np.float32)]
        for start in range(0, len(crops), _LARGEST_BATCH):
            small = np.stack([resize(crop, SIDE, SIDE) for crop in crops[start : start + _LARGEST_BATCH]])
            batch = move_channels_first(small[..., ::-1].astype(np.float32) - _MEAN_BGR)
            rows.append(np.asarray(self._session.run(["embedding"], {"image": batch})[0], np.float32))
        return np.concatenate(rows)


def _join(embeddings: Sequence[Floats]) -> Floats:
    return normalize(np.concatenate([normalize(embedding) for embedding in embeddings], axis=1))
