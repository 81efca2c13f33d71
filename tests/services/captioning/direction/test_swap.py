"""A pair counts as swapped only where its images contradict the claim, and no place supports it."""

from dataclasses import dataclass

from services.captioning.direction.claimed_sides import ClaimedSides, ClaimedThing
from services.captioning.direction.swap import measure_swap
from tests.services.captioning.verification.conftest import Scene

CUP_ADDED = ClaimedSides((ClaimedThing("cup", 2),))
TURNED_BLUE = ClaimedSides(colours=(("red", "blue"),))
CUP_GONE = Scene(inside1={"cup": 1})
RECOLOURED = Scene(colours1={"red": 0.9}, colours2={"blue": 0.7, "red": 0.1})


@dataclass(frozen=True)
class _Hidden(Scene):
    """A place where image2, which seems to lack the thing, may show a part of it."""

    def lacks(self, image: int, noun: str) -> bool:
        return image == 1 and not self.shows(1, noun)


def test_a_thing_on_the_side_that_lacks_it_shows_a_swapped_pair() -> None:
    assert measure_swap(CUP_ADDED, [CUP_GONE]) == 1.0
    assert measure_swap(CUP_ADDED, [CUP_GONE, Scene()]) == 1.0
    assert measure_swap(CUP_ADDED, [CUP_GONE.turned()]) == 0.0


def test_one_place_that_supports_the_claim_outweighs_all_others() -> None:
    assert measure_swap(CUP_ADDED, [CUP_GONE, CUP_GONE, CUP_GONE.turned()]) == 0.0


def test_the_other_image_has_to_lack_the_thing() -> None:
    assert measure_swap(CUP_ADDED, [_Hidden(inside1={"cup": 1})]) == 0.0


def test_where_captions_name_it_the_other_image_has_to_lack_it_everywhere() -> None:
    by_captions = ClaimedSides((ClaimedThing("cup", 2, anywhere=True),))
    another_cup = Scene(inside1={"cup": 1}, around=frozenset({"cup"}))

    assert measure_swap(by_captions, [CUP_GONE]) == 1.0
    assert (measure_swap(CUP_ADDED, [another_cup]), measure_swap(by_captions, [another_cup])) == (1.0, 0.0)


def test_what_is_not_known_or_nowhere_shown_says_nothing() -> None:
    assert measure_swap(CUP_ADDED, [Scene(inside1={"dog": 1})]) == 0.0
    assert measure_swap(CUP_ADDED, []) == 0.0


def test_colours_contradict_a_claim_only_in_both_images() -> None:
    assert measure_swap(TURNED_BLUE, [RECOLOURED]) == 0.0
    assert measure_swap(TURNED_BLUE, [RECOLOURED.turned()]) == 0.6
    assert measure_swap(TURNED_BLUE, [Scene(colours1={"blue": 0.9}, colours2={"green": 0.9})]) == 0.0
