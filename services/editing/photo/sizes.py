"""How high the things of the 80 labels usually are, so that what is added has a plausible size beside what is there."""

_METRES = {
    "person": 1.7, "bicycle": 1.05, "car": 1.5, "motorcycle": 1.1, "airplane": 8.0, "bus": 3.1, "train": 4.0,
    "truck": 3.2, "boat": 2.5, "traffic light": 0.9, "fire hydrant": 0.8, "stop sign": 0.75, "parking meter": 1.4,
    "bench": 0.85, "bird": 0.25, "cat": 0.3, "dog": 0.55, "horse": 1.8, "sheep": 0.9, "cow": 1.5, "elephant": 2.8,
    "bear": 1.3, "zebra": 1.5, "giraffe": 4.5, "backpack": 0.5, "umbrella": 0.8, "handbag": 0.3, "tie": 0.5,
    "suitcase": 0.65, "frisbee": 0.25, "skis": 1.6, "snowboard": 1.5, "sports ball": 0.2, "kite": 1.0,
    "baseball bat": 0.8, "baseball glove": 0.25, "skateboard": 0.15, "surfboard": 2.0, "tennis racket": 0.65,
    "bottle": 0.28, "wine glass": 0.2, "cup": 0.1, "fork": 0.18, "knife": 0.2, "spoon": 0.18, "bowl": 0.09,
    "banana": 0.15, "apple": 0.08, "sandwich": 0.08, "orange": 0.08, "broccoli": 0.12, "carrot": 0.15, "hot dog": 0.08,
    "pizza": 0.1, "donut": 0.08, "cake": 0.15, "chair": 0.9, "couch": 0.85, "potted plant": 0.5, "bed": 0.8,
    "dining table": 0.75, "toilet": 0.75, "tv": 0.55, "laptop": 0.25, "mouse": 0.05, "remote": 0.15, "keyboard": 0.08,
    "cell phone": 0.14, "microwave": 0.3, "oven": 0.9, "toaster": 0.2, "sink": 0.3, "refrigerator": 1.7, "book": 0.22,
    "clock": 0.3, "vase": 0.3, "scissors": 0.18, "teddy bear": 0.35, "hair drier": 0.22, "toothbrush": 0.17,
}  # fmt: skip
_MOST_APART = 6.0
_UPRIGHT = {"person": 2.0}  # times as high as wide, at least; who sits or crouches is lower by as much as he is wider
_LOWEST = 0.5


def height_of(label: str) -> float | None:
    """Metres, as people would guess; None for a label that is not among the 80."""
    return _METRES.get(label)


def times_as_high(label: str, size: tuple[int, int], other: str, other_size: tuple[int, int]) -> float | None:
    """As `ratio`, for two things as they are seen: their sizes are (height, width) in pixels, each in its photo."""
    usual = ratio(label, other)
    return None if usual is None else usual * _posture(label, size) / _posture(other, other_size)


def _posture(label: str, size: tuple[int, int]) -> float:
    upright = _UPRIGHT.get(label)
    return 1.0 if upright is None else min(1.0, max(_LOWEST, size[0] / max(1, size[1]) / upright))


def ratio(label: str, other: str) -> float | None:
    """How many times as high as a thing of the other label; None where that is unknown or beyond comparison."""
    one, two = height_of(label), height_of(other)
    if one is None or two is None or not 1 / _MOST_APART <= one / two <= _MOST_APART:
        return None
    return one / two
