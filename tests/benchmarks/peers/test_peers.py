"""What the race concludes from both sides' answers; the peer itself needs an environment of its own."""

from pathlib import Path

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from benchmarks.peers.__main__ import Round, describe  # noqa: E402
from benchmarks.peers.own_generator import OwnAnswer  # noqa: E402
from benchmarks.peers.pairs import Planted  # noqa: E402
from benchmarks.peers.peer import PeerAnswer  # noqa: E402

_FIRST, _SECOND, _THIRD = (0, 0, 9, 9), (20, 0, 29, 9), (40, 0, 49, 9)
_PAIR = Planted((Path("before"), Path("after")), ((_FIRST, _SECOND), (_THIRD,)), frozenset({_FIRST, _SECOND}))
_SCORES = {(0, 1): 0.9, (0, 2): 0.1, (1, 1): 0.2, (1, 2): 0.3, (2, 1): 0.9, (2, 2): 0.9}
_PEER = PeerAnswer(30.0, frozenset(), _SCORES, {"CLIP": 6})


def test_a_place_is_expected_where_it_differs_and_one_of_its_crops_matches() -> None:
    round_ = Round(_PAIR, OwnAnswer(5.0, frozenset({_FIRST}), {_FIRST: 0.88}, {"CLIP": 4}), _PEER)
    assert round_.expected(0.5) == {_FIRST}
    assert round_.expected(0.25) == {_FIRST, _SECOND}
    assert round_.ratio == 6.0
    assert round(round_.apart(), 4) == 0.02


def test_the_report_has_seconds_rows_the_ratio_and_the_places_that_disagree() -> None:
    own = OwnAnswer(5.0, frozenset({_SECOND}), {_SECOND: 0.3}, {"CLIP": 4})
    assert describe([Round(_PAIR, own, _PEER)], 0.5, 2) == [
        "2 of 3 places differ, 1 pairs in turns",
        "  Data-Juicer    30.00 s a pair (30.00-30.00); rows: CLIP 6",
        "  imgdiff         5.00 s a pair (5.00-5.00); rows: CLIP 4",
        "  ratio           6.00 (6.00-6.00)",
        "  places kept 1, 2 otherwise than by the peer's scores; scores at most 0.0000 apart",
    ]
