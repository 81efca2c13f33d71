"""Markdown out of texts that may hold anything."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&^])")

_START = re.compile(r"^([-+=]|\d+(?=[.)]))")  # of a line that is a list, a rule or a heading
_WHOLE = re.compile(r"^[\d,]+$")


def count_of(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is not one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: object) -> str:
    """An identifier as code; backticks and bars would end it."""
    return f"`{' '.join(str(text).replace('`', '').replace('|', '/').split())}`"


def quote(text: str) -> str:
    """A text of several lines as a quotation that keeps its lines."""
    return "\n".join(f"> {_escape_line(line)}  " if line.strip() else ">" for line in text.splitlines())


def _escape_line(text: str) -> str:
    return _START.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", escape(text))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; columns of whole numbers stand on the right."""
    lines = [[str(cell) for cell in row] for row in rows]
    numbers = [bool(lines) and all(_WHOLE.match(line[at]) for line in lines) for at in range(len(head))]
    rule = ["---:" if number else "---" for number in numbers]
    return "\n".join("| " + " | ".join(line) + " |" for line in [list(head), rule, *lines])
