"""The engines asked in process: an edit, and whether detection finds it without being told."""

import io
import time
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.regions.matching import count_matches
from benchmarks.regions.own_detection import ours
from benchmarks.synthesis.requests import Order
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Box, Edit, Reason
from imgdiff.stages import EditingRequest
from services.editing.backends.embedded import EmbeddedEditing
from services.editing.operations.edit_scores import outside_psnr
from services.editing.schema import EditWork
from services.imaging.masks import decode_mask
from services.serving.engine import Ticket

LEAST_PSNR = 40.0
_THREADS = 2
_HOPELESS = {"edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small"}


@dataclass(frozen=True)
class Outcome:
    """What became of an order: the edited photo and what detection found in it, or why there is none."""

    order: Order
    reasons: tuple[Reason, ...]
    seconds: float
    after: RGB | None = None
    edit: Edit | None = None
    psnr: float | None = None
    found: tuple[Box, ...] = ()

    @property
    def is_made(self) -> bool:
        """Editing accepted it."""
        return self.edit is not None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places that changed."""
        return () if self.edit is None else self.edit.boxes

    @property
    def is_found(self) -> bool:
        """Detection has a kept region at every place that changed, IoU 0.3."""
        return self.is_made and count_matches(self.found, self.boxes) == len(self.boxes)

    @property
    def extra(self) -> int:
        """Regions that detection found elsewhere."""
        return len(self.found) - count_matches(self.found, self.boxes)

    @property
    def is_record(self) -> bool:
        """Made, found, and nothing else changed."""
        return self.is_found and self.psnr is not None and self.psnr >= LEAST_PSNR


class Synthesiser:
    """Both engines, warm."""

    def __init__(self, rounds: int, seed: int) -> None:
        self._editing = EmbeddedEditing(_THREADS)
        self._editing.warm_up()
        self._detect = ours(_THREADS)
        self._rounds = rounds
        self._seed = seed

    def made(self, order: Order) -> Outcome:
        """The first round that becomes a record; else the last that was made, else why none was."""
        best: Outcome | None = None
        for number in range(self._rounds):
            outcome = self._round(order, number)
            if outcome.is_record:
                return outcome
            if best is None or outcome.is_made:
                best = outcome
            if any(reason.code in _HOPELESS for reason in outcome.reasons):
                break
        assert best is not None
        return best

    def _round(self, order: Order, number: int) -> Outcome:
        request = EditingRequest(
            operation=order.operation, target=order.target, seed=self._seed, index=0, round=number
        )  # fmt: skip
        started = time.perf_counter()
        (answer,) = self._editing.run([Ticket(EditWork(order.image, order.donors, request))])
        seconds = time.perf_counter() - started
        if isinstance(answer, ImgdiffError):
            raise answer
        if answer.pair is None:
            return Outcome(order, answer.reasons, seconds)
        after, edit = _pixels(answer.pair.image2), answer.pair.edit
        assert edit.mask is not None
        psnr = outside_psnr(order.image, after, decode_mask(edit.mask))
        return Outcome(order, (), seconds, after, edit, psnr, tuple(self._detect(order.image, after)))


def _pixels(png: bytes) -> RGB:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
