"""A witness of known scenes, and what language models write of them: rightly, and wrongly in one respect."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from imgdiff.records import Change
from services.captioning.verification import ImageNumber
from services.embedded.lexicon import lexicon


@dataclass(frozen=True)
class Scene:
    """Both images of one region by hand: nouns with their number in the box, and nouns around it in both."""

    inside1: Mapping[str, int] = field(default_factory=dict)
    inside2: Mapping[str, int] = field(default_factory=dict)
    around: frozenset[str] = frozenset()
    colours1: Mapping[str, float] = field(default_factory=dict)
    colours2: Mapping[str, float] = field(default_factory=dict)
    at: frozenset[str] = frozenset()
    to: frozenset[str] | None = None
    change: frozenset[Change] = frozenset()

    def shows(self, image: ImageNumber, noun: str) -> bool:
        return any(lexicon().is_a(kind, noun) for kind in self._inside(image))

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        return any(lexicon().is_a(kind, noun) for kind in self.around)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        return self.colours1 if image == 1 else self.colours2

    def count(self, image: ImageNumber, noun: str) -> int | None:
        return sum(number for kind, number in self._inside(image).items() if lexicon().is_a(kind, noun))

    def places(self) -> frozenset[str]:
        return self.at

    def destination(self) -> frozenset[str] | None:
        return self.to

    def changes(self) -> frozenset[Change]:
        return self.change

    def name(self, image: ImageNumber) -> str | None:
        return next(iter(self._inside(image)), None)

    def turned(self) -> "Scene":
        """The same pair the other way round."""
        opposite = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
        return replace(
            self, inside1=self.inside2, inside2=self.inside1, colours1=self.colours2, colours2=self.colours1,
            change=frozenset(opposite.get(change, change) for change in self.change),
        )  # fmt: skip

    def _inside(self, image: ImageNumber) -> Mapping[str, int]:
        return self.inside1 if image == 1 else self.inside2


ROOM = frozenset({"sofa", "table", "dining table", "chair", "wall", "floor", "window", "rug", "shelf", "person"})
STREET = frozenset({"road", "building", "sidewalk", "tree", "sky", "bench", "parking lot", "grass", "person"})
TOP_RIGHT, LEFT, CENTRE = frozenset({"top", "right"}), frozenset({"left"}), frozenset({"centre"})

CUP_ADDED = Scene({}, {"cup": 1}, ROOM, {"brown": 0.9}, {"red": 0.85, "white": 0.1}, TOP_RIGHT,
                  change=frozenset({Change.ADDED}))  # fmt: skip
DOG_TO_CAT = Scene({"dog": 1}, {"cat": 1}, ROOM, {"brown": 0.7, "black": 0.2}, {"grey": 0.8, "white": 0.15}, LEFT,
                   change=frozenset({Change.REPLACED}))  # fmt: skip
CAR_BLUE = Scene({"car": 1}, {"car": 1}, STREET, {"red": 0.8, "black": 0.15}, {"blue": 0.8, "black": 0.15}, CENTRE,
                 change=frozenset({Change.RECOLOURED}))  # fmt: skip
CARS_GONE = Scene({"car": 2}, {}, STREET, {"white": 0.5, "blue": 0.4}, {"grey": 0.9}, frozenset({"bottom", "left"}),
                  change=frozenset({Change.REMOVED}))  # fmt: skip
VASE_MOVED = Scene({"vase": 1}, {}, ROOM | {"flower"}, {"blue": 0.7}, {"white": 0.9}, LEFT, frozenset({"right"}),
                   change=frozenset({Change.MOVED}))  # fmt: skip
BIRDS = Scene({"bird": 3}, {"bird": 2}, STREET, {"black": 0.9}, {"black": 0.5, "blue": 0.4}, frozenset({"top"}),
              change=frozenset({Change.REMOVED, Change.CHANGED}))  # fmt: skip
HAT_ON = Scene({"man": 1}, {"man": 1, "hat": 1}, STREET, {"brown": 0.8}, {"black": 0.8}, CENTRE,
               change=frozenset({Change.ADDED}))  # fmt: skip
SIGN = Scene({"traffic light": 1}, {"stop sign": 1}, STREET, {"black": 0.6, "yellow": 0.3}, {"red": 0.7, "white": 0.2},
             TOP_RIGHT, change=frozenset({Change.REPLACED}))  # fmt: skip
FRUIT = Scene({"orange": 1}, {"apple": 1}, ROOM | {"bowl"}, {"orange": 0.9}, {"green": 0.9},
              frozenset({"bottom"}), change=frozenset({Change.REPLACED}))  # fmt: skip
BOOKS = Scene({}, {"book": 4}, ROOM, {"white": 0.9}, {"red": 0.3, "blue": 0.3, "green": 0.3}, LEFT,
              change=frozenset({Change.ADDED}))  # fmt: skip

RIGHT: tuple[tuple[Scene, str], ...] = (
    (CUP_ADDED, "A red cup has been added at the top right."),
    (CUP_ADDED, "A red cup appears in the upper right corner of the second image."),
    (CUP_ADDED, "In the second image, there is a red and white cup on the table."),
    (CUP_ADDED, "The right image now has an additional cup next to the chair."),
    (CUP_ADDED, "There is a new red cup on the table that was not there before."),
    (CUP_ADDED, "The first image does not have a cup, but the second image does."),
    (CUP_ADDED, "The cup is missing from the first image."),
    (CUP_ADDED, "Compared to the first image, the second image has a red cup in the top right corner."),
    (CUP_ADDED, "Someone has placed a red container on the table."),
    (CUP_ADDED, "It looks like a cup was possibly added to the dining table. It is red."),
    (CUP_ADDED, "The before image shows only the table, while the after image also shows a cup."),
    (CUP_ADDED, "An item has been added at the top right: a red cup."),
    (DOG_TO_CAT, "The dog on the left has been replaced by a cat."),
    (DOG_TO_CAT, "The brown dog was replaced with a grey cat."),
    (DOG_TO_CAT, "A gray cat has replaced the brown dog on the left side of the image."),
    (DOG_TO_CAT, "There is a cat instead of a dog on the sofa."),
    (DOG_TO_CAT, "Instead of a brown dog, there is now a grey cat on the rug."),
    (DOG_TO_CAT, "In the first image there is a dog on the sofa; in the second image there is a cat."),
    (DOG_TO_CAT, "The left image shows a brown dog, whereas the right image shows a grey cat."),
    (DOG_TO_CAT, "The dog in the first image has been turned into a cat in the second image."),
    (DOG_TO_CAT, "The animal on the left changed from a dog to a cat."),
    (DOG_TO_CAT, "The dog sitting next to the chair was removed and replaced by a cat."),
    (DOG_TO_CAT, "There was a dog on the left, and now there is a cat."),
    (DOG_TO_CAT, "The dog became a cat."),
    (DOG_TO_CAT, "A dog is visible in the first image and a cat in the second image."),
    (DOG_TO_CAT, "Where there used to be a dog, a grey cat is now lying on the floor."),
    (DOG_TO_CAT, "There is no dog in the second image. A cat has taken its place."),
    (CAR_BLUE, "The car has changed from red to blue."),
    (CAR_BLUE, "The colour of the car changed from red to blue."),
    (CAR_BLUE, "The red car in the centre is now blue."),
    (CAR_BLUE, "The car is red in the first image and blue in the second image."),
    (CAR_BLUE, "In the left image the vehicle is red, while in the right image it is blue."),
    (CAR_BLUE, "The car in the middle of the image has been repainted blue."),
    (CAR_BLUE, "The car parked on the road has turned blue."),
    (CAR_BLUE, "The first image shows a red car, the second a blue one."),
    (CAR_BLUE, "The car is blue instead of red."),
    (CARS_GONE, "Two cars have been removed from the parking lot."),
    (CARS_GONE, "The two cars in the bottom left corner are gone."),
    (CARS_GONE, "There are no longer any cars in the bottom left."),
    (CARS_GONE, "Several cars are missing from the second image."),
    (CARS_GONE, "The white and blue cars have disappeared, leaving only the road."),
    (CARS_GONE, "In the first image, there are two cars on the road. In the second image, there are none."),
    (CARS_GONE, "The second image no longer contains the cars near the building."),
    (CARS_GONE, "A couple of vehicles were taken away from the lower left part of the scene."),
    (VASE_MOVED, "The vase has been moved from the left to the right."),
    (VASE_MOVED, "The blue vase was moved to the right side of the image."),
    (VASE_MOVED, "The vase has shifted slightly to the right."),
    (VASE_MOVED, "The vase moved from the table to the shelf."),
    (VASE_MOVED, "The vase on the left of the table has been moved."),
    (BIRDS, "There are three birds in the first image and two birds in the second image."),
    (BIRDS, "There were three birds in the sky, now there are only two."),
    (BIRDS, "One bird has been removed from the top of the image."),
    (BIRDS, "The first picture has 3 birds, while the second picture has only 2 birds."),
    (HAT_ON, "The man in the second image is now wearing a black hat."),
    (HAT_ON, "A hat has been added to the man's head."),
    (HAT_ON, "The man is not wearing a hat in the first image, but he has a hat in the second image."),
    (SIGN, "The traffic light at the top right has been replaced with a red stop sign."),
    (SIGN, "The traffic light turned into a stop sign."),
    (SIGN, "The traffic light was swapped for a stop sign next to the building."),
    (SIGN, "A stop sign stands where the traffic light was."),
    (FRUIT, "The orange on the table has been replaced by a green apple."),
    (FRUIT, "An apple takes the place of the orange at the bottom."),
    (FRUIT, "The orange turned into an apple."),
    (FRUIT, "The fruit in the bowl changed from an orange to an apple."),
    (BOOKS, "Several books have been added to the shelf on the left."),
    (BOOKS, "Four books now stand on the shelf."),
    (BOOKS, "The shelf was empty before, but now it holds four books."),
    (BOOKS, "Multiple red, blue and green books have appeared on the left-hand side."),
)

WRONG: tuple[tuple[Scene, str, str], ...] = (
    (CUP_ADDED, "A red teapot has been added at the top right.", "text.unsupported"),
    (CUP_ADDED, "A red cup has been added at the bottom right.", "text.wrong_place"),
    (CUP_ADDED, "A green cup has been added at the top right.", "text.wrong_colour"),
    (CUP_ADDED, "A red cup has been removed at the top right.", "text.wrong_image"),
    (CUP_ADDED, "There is no longer a red cup on the table.", "text.wrong_image"),
    (CUP_ADDED, "In the first image, there is a red cup on the table.", "text.wrong_image"),
    (CUP_ADDED, "Two red cups have been added.", "text.wrong_count"),
    (CUP_ADDED, "A chair has been added at the top right.", "text.outside"),
    (CUP_ADDED, "A red cup has been added next to the elephant.", "text.unsupported"),
    (CUP_ADDED, "The second image does not show the cup.", "text.wrong_image"),
    (CUP_ADDED, "The cup is missing from the second image.", "text.wrong_image"),
    (CUP_ADDED, "A red and purple cup has been added.", "text.wrong_colour"),
    (CUP_ADDED, "A red cup with a spoon has been added.", "text.unsupported"),
    (CUP_ADDED, "The cup moved to the left.", "text.unsupported"),
    (CUP_ADDED, "Nothing has changed between the two images.", "text.unsupported"),
    (DOG_TO_CAT, "The cat on the left has been replaced by a dog.", "text.wrong_image"),
    (DOG_TO_CAT, "The dog on the right has been replaced by a cat.", "text.wrong_place"),
    (DOG_TO_CAT, "The dog was replaced with a rabbit.", "text.unsupported"),
    (DOG_TO_CAT, "The horse was replaced with a cat.", "text.unsupported"),
    (DOG_TO_CAT, "The brown dog was replaced with an orange cat.", "text.wrong_colour"),
    (DOG_TO_CAT, "The yellow dog was replaced with a grey cat.", "text.wrong_colour"),
    (DOG_TO_CAT, "A brown dog has replaced the grey cat on the left.", "text.wrong_image"),
    (DOG_TO_CAT, "There is a dog instead of a cat on the sofa.", "text.wrong_image"),
    (DOG_TO_CAT, "In the first image there is a cat on the sofa; in the second image there is a dog.",
     "text.wrong_image"),
    (DOG_TO_CAT, "The left image shows a grey cat, whereas the right image shows a brown dog.", "text.wrong_image"),
    (DOG_TO_CAT, "The dog was replaced by two cats.", "text.wrong_count"),
    (DOG_TO_CAT, "The Dalmatian on the left has been replaced by a cat.", "text.unsupported"),
    (DOG_TO_CAT, "The sofa on the left has been replaced by a cat.", "text.outside"),
    (DOG_TO_CAT, "There is no cat in the second image.", "text.unsupported"),
    (DOG_TO_CAT, "The dog changed from brown to grey.", "text.unsupported"),
    (DOG_TO_CAT, "A dog has been added on the left.", "text.wrong_image"),
    (CAR_BLUE, "The car has changed from blue to red.", "text.wrong_image"),
    (CAR_BLUE, "The car has changed from red to green.", "text.wrong_colour"),
    (CAR_BLUE, "The car has changed from yellow to blue.", "text.wrong_colour"),
    (CAR_BLUE, "The red car in the centre is now green.", "text.wrong_colour"),
    (CAR_BLUE, "The car is blue in the first image and red in the second image.", "text.wrong_image"),
    (CAR_BLUE, "The truck has changed from red to blue.", "text.unsupported"),
    (CAR_BLUE, "The car at the top left has changed from red to blue.", "text.wrong_place"),
    (CAR_BLUE, "The red car has been removed.", "text.unsupported"),
    (CAR_BLUE, "The car in the first image is blue.", "text.wrong_image"),
    (CAR_BLUE, "The car is red instead of blue.", "text.wrong_image"),
    (CARS_GONE, "Three cars have been removed from the parking lot.", "text.wrong_count"),
    (CARS_GONE, "Two cars have been added to the parking lot.", "text.wrong_image"),
    (CARS_GONE, "Two cars at the top right are gone.", "text.wrong_place"),
    (CARS_GONE, "Two buses have been removed.", "text.unsupported"),
    (CARS_GONE, "One car has been removed.", "text.wrong_count"),
    (CARS_GONE, "The red cars have disappeared.", "text.wrong_colour"),
    (CARS_GONE, "The second image shows two cars on the road.", "text.wrong_image"),
    (CARS_GONE, "The benches have been removed.", "text.outside"),
    (VASE_MOVED, "The vase has been moved from the right to the left.", "text.wrong_place"),
    (VASE_MOVED, "The vase has been moved from the left to the top.", "text.wrong_place"),
    (VASE_MOVED, "The lamp has been moved from the left to the right.", "text.unsupported"),
    (VASE_MOVED, "The red vase was moved to the right.", "text.wrong_colour"),
    (VASE_MOVED, "The vase has changed from blue to red.", "text.unsupported"),
    (BIRDS, "There are four birds in the first image and two birds in the second image.", "text.wrong_count"),
    (BIRDS, "There are two birds in the first image and three birds in the second image.", "text.wrong_count"),
    (BIRDS, "Two birds have been removed at the bottom of the image.", "text.wrong_place"),
    (HAT_ON, "The woman is now wearing a hat.", "text.unsupported"),
    (HAT_ON, "The man is no longer wearing a hat.", "text.wrong_image"),
    (HAT_ON, "The man is now wearing a pink hat.", "text.wrong_colour"),
    (HAT_ON, "The man is now wearing sunglasses.", "text.unsupported"),
    (SIGN, "The stop sign at the top right has been replaced by a traffic light.", "text.wrong_image"),
    (SIGN, "The traffic light turned into a billboard.", "text.unsupported"),
    (FRUIT, "The orange on the table has been replaced by a red apple.", "text.wrong_colour"),
    (FRUIT, "The apple turned into an orange.", "text.wrong_image"),
    (FRUIT, "The banana on the table has been replaced by an apple.", "text.unsupported"),
    (BOOKS, "Two books have been added to the shelf.", "text.wrong_count"),
    (BOOKS, "Several plants have been added to the shelf.", "text.unsupported"),
    (BOOKS, "Several books have been removed from the shelf.", "text.wrong_image"),
)  # fmt: skip
