"""Mentions of the two images in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.evidence import ImageNumber
from services.english.tokens import Token, low
from services.english.vocabulary import FIRST, NOW, PICTURES, PICTURES_PLURAL, PREPOSITIONS, SECOND, THEN

_LETTERS = {"a", "b", "1", "2", "one", "two"}
_BARE = {"first", "second", "former", "latter", "original", "before", "after"}
_GOES_ON = frozenset({"there", "it", "is", "shows", "has", "and", "a", "an", "the", "no", "does", "contains"})
_COMPARED = ({"compared", "to"}, {"compared", "with"}, {"relative", "to"}, {"contrast", "to"}, {"contrast", "with"})


@dataclass(frozen=True)
class Mention:
    """An image named at tokens `first`..`last`; null for both. `word` is the token that says which one.

    `compared`: only what another image is compared with. `temporal`: named by a time, as `now` or `previously`.
    """

    image: ImageNumber | None
    first: int
    last: int
    word: int
    compared: bool = False
    temporal: bool = False


def find_mentions(tokens: Sequence[Token]) -> list[Mention]:
    """Every mention in order."""
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        one = _picture(tokens, index) or _bare(tokens, index) or _time(tokens, index)
        if one is not None:
            found.append(one)
        index = one.last + 1 if one is not None else index + 1
    return found


def _picture(tokens: Sequence[Token], index: int) -> Mention | None:
    """`the left-hand image`, `image 2`, `both pictures`."""
    word, after = tokens[index].low, low(tokens, index + 1)
    second_after = low(tokens, index + 2)
    if word in PICTURES and after in _LETTERS:
        return _mention(tokens, 1 if after in {"a", "1", "one"} else 2, index, index + 1, index + 1)
    if word in PICTURES and (after, second_after) == ("on", "the") and low(tokens, index + 3) in {"left", "right"}:
        return _mention(tokens, 1 if low(tokens, index + 3) == "left" else 2, index, index + 3, index + 3)
    if word in {"both", "two", "these", "each", "either"} and {after, second_after} & (PICTURES_PLURAL | PICTURES):
        return _mention(tokens, None, index, index + (1 if after in PICTURES_PLURAL | PICTURES else 2), index)
    if word not in (FIRST | SECOND) - _LETTERS:
        return None
    end = index + 2 if after in {"hand", "side", "most"} else index + 1
    if low(tokens, end) not in PICTURES:
        return None
    return _mention(tokens, 1 if word in FIRST else 2, index, end, index)


def _bare(tokens: Sequence[Token], index: int) -> Mention | None:
    """`in the first`, `the second one`: no noun follows."""
    word, after = tokens[index].low, low(tokens, index + 1)
    if word not in _BARE or low(tokens, index - 1) != "the":
        return None
    if after == "one":
        return _mention(tokens, 1 if word in FIRST else 2, index, index + 1, index)
    ends = not after or not after[0].isalnum() or after in PREPOSITIONS | _GOES_ON
    if not ends or (word in {"before", "after"} and after):
        return None
    return _mention(tokens, 1 if word in FIRST else 2, index, index, index)


def _time(tokens: Sequence[Token], index: int) -> Mention | None:
    """`now`, `previously`, `used to be`, `there was`."""
    word, after = tokens[index].low, low(tokens, index + 1)
    if word in NOW or word in THEN:
        return Mention(2 if word in NOW else 1, index, index, index, temporal=True)
    if word == "before" and (not after or not after[0].isalnum()):
        return Mention(1, index, index, index, temporal=True)
    if word == "used" and after == "to":
        return Mention(1, index, index + 1, index, temporal=True)
    if word == "there" and after in {"was", "were"}:
        return Mention(1, index, index + 1, index + 1, temporal=True)
    return None


def _mention(tokens: Sequence[Token], image: ImageNumber | None, first: int, last: int, word: int) -> Mention:
    start = first - 1 if low(tokens, first - 1) == "the" else first
    before = {low(tokens, start - 1), low(tokens, start - 2)}
    compared = any(words <= before for words in _COMPARED) or bool(before & {"unlike", "than"})
    return Mention(image, start, last, word, compared)
