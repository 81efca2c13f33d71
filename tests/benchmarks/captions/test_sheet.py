"""The sheet shows each wrong caption beside the truth."""

from pathlib import Path

import numpy as np
from skimage import data

from benchmarks.captions.scores import score_region
from benchmarks.captions.sheet import BadCase, draw_sheet
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion
from training.caption_pairs import CaptionPair, Truth
from training.pictures import read


def _case(box: tuple[int, int, int, int], region: CaptionedRegion | None) -> BadCase:
    image = np.asarray(data.chelsea(), np.uint8)
    truth = Truth(box, Change.ADDED, None, "cat")
    pair = CaptionPair("chelsea", "added", image, image, (truth,))
    return BadCase(pair, truth, region, score_region("added", truth, region, ()))


def test_four_cases_take_two_rows_of_three(tmp_path: Path) -> None:
    wrong = CaptionedRegion(change=Change.REMOVED, label1="dog", caption="The dog has been removed.", kept=True)
    cases = [_case((100, 50, 200, 150), wrong), *[_case((0, 0, 30, 20), None)] * 3]

    draw_sheet(cases, tmp_path / "four.png")
    draw_sheet(cases[:1], tmp_path / "one.png")

    four, one = (read(tmp_path / f"{name}.png") for name in ("four", "one"))
    assert four.shape == (2 * one.shape[0], one.shape[1], 3)
    assert one.std() > 10
