"""How the networks' labels are said in English: with an article, as more than one, in a list."""

from collections.abc import Sequence

_IRREGULAR = {"person": "people", "knife": "knives", "sheep": "sheep", "mouse": "mice", "scissors": "scissors",
              "broccoli": "broccoli", "skis": "skis"}  # fmt: skip
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def with_article(noun: str) -> str:
    """`a dog`, `an umbrella`."""
    sounds_open = noun[0].lower() in "aeiou" and not noun.lower().startswith(("uni", "use", "euro"))
    return f"{'an' if sounds_open else 'a'} {noun}"


def plural(noun: str) -> str:
    """`cars`, `people`, `wine glasses`."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def number(count: int) -> str:
    """`three`; digits beyond twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def listed(items: Sequence[str]) -> str:
    """`a cup, a spoon and a table`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
