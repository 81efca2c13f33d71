"""Both engines in process: an edit, and whether detection finds it without knowing it."""

import io
import time
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.regions.matching import count_matches
from benchmarks.regions.own_detection import ours
from benchmarks.synthesis.requests import Case
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Box, Edit, Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.engine import create_engine
from services.editing.operations.edit import NO_SOURCE
from services.editing.operations.edit_scores import outside_psnr
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.imaging.masks import decode_mask
from services.serving.engine import Ticket

LEAST_PSNR = 40.0  # dB, of pixels outside the mask; as in imgdiff.rules.thresholds
_THREADS = 2  # as a service's default
_FINAL = {"edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small"}


@dataclass(frozen=True)
class Outcome:
    """The result of a case: the edited photo and what detection found in it, or why there is none."""

    case: Case
    reasons: tuple[Reason, ...]
    seconds: float
    after: RGB | None = None
    edit: Edit | None = None
    psnr: float | None = None
    found: tuple[Box, ...] = ()

    @property
    def is_made(self) -> bool:
        """Whether editing accepted the edit."""
        return self.edit is not None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places that changed, as boxes."""
        return () if self.edit is None else self.edit.boxes

    @property
    def is_found(self) -> bool:
        """Whether detection keeps a region at every place that changed, with an IoU of 0.3."""
        return self.is_made and count_matches(self.found, self.boxes) == len(self.boxes)

    @property
    def extra(self) -> int:
        """Regions that detection found elsewhere."""
        return len(self.found) - count_matches(self.found, self.boxes)

    @property
    def is_record(self) -> bool:
        """Whether the edit was made and found, and nothing else changed."""
        return self.is_found and self.psnr is not None and self.psnr >= LEAST_PSNR


class Synthesiser:
    """Both engines, warmed up."""

    def __init__(self, rounds: int, seed: int) -> None:
        self._editing = create_engine(EditingSettings(threads=_THREADS))
        self._editing.warm_up()
        self._detect = ours(_THREADS)
        self._rounds = rounds
        self._seed = seed

    def run(self, case: Case) -> Outcome:
        """The first round that becomes a record, else the last one that was made, else why none was."""
        best: Outcome | None = None
        for number in range(self._rounds):
            outcome = self._run_round(case, number)
            if outcome.is_record:
                return outcome
            if best is None or outcome.is_made:
                best = outcome
            if any(reason.code in _FINAL for reason in outcome.reasons):
                break
        assert best is not None
        return best

    def _run_round(self, case: Case, number: int) -> Outcome:
        if case.operation is Operation.REPLACE and not case.donors:
            return Outcome(case, (NO_SOURCE,), 0.0)
        request = EditingRequest(
            operation=case.operation,
            target=case.target,
            target_mask=case.outline,
            donors=case.described,
            drawn_donors=True,
            seed=self._seed,
            round=number,
        )
        started = time.perf_counter()
        (answer,) = self._editing.run([Ticket(EditWork(case.image, case.donors, request))])
        seconds = time.perf_counter() - started
        if isinstance(answer, ImgdiffError):
            raise answer
        if answer.pair is None:
            return Outcome(case, answer.reasons, seconds)
        after, edit = _pixels(answer.pair.image2), answer.pair.edit
        assert edit.mask is not None
        psnr = outside_psnr(case.image, after, decode_mask(edit.mask))
        return Outcome(case, (), seconds, after, edit, psnr, tuple(self._detect(case.image, after)))


def _pixels(png: bytes) -> RGB:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
