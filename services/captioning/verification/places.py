"""Which words for a place are true of a box: halves overlap with the centre, because people use them so."""

from imgdiff.records import Box

_MIDDLE = 0.02  # of either side of the middle line, where neither half is meant
_CENTRE = (0.3, 0.7)


def words_of_place(box: Box, width: int, height: int) -> frozenset[str]:
    """Of left, right, top, bottom and centre; a box at a third of the width is left, and may be centre too."""
    across, down = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    true = {
        "left": across < 0.5 - _MIDDLE, "right": across > 0.5 + _MIDDLE,
        "top": down < 0.5 - _MIDDLE, "bottom": down > 0.5 + _MIDDLE,
        "centre": all(_CENTRE[0] <= one <= _CENTRE[1] for one in (across, down)),
    }  # fmt: skip
    return frozenset(word for word, holds in true.items() if holds) or frozenset({"centre"})
