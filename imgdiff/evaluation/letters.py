"""Ask for the letter of an option, and read it out of the answer, strictly: what is not clearly one letter is none."""

import re

ASK = "Answer with the option's letter from the given choices directly."

_LEAD = re.compile(r"(?:the )?(?:(?:correct|right|best) )?(?:answer|option|choice)(?: is)? ?:? ?")
_ALONE = re.compile(r"\(?([a-z])\)?[.:]?")
_MARKED = re.compile(r"(?:\(([a-z])\)|([a-z])[).:])(?= |$)")
_OTHER = re.compile(r"\(([a-z])\)|\b(?:or|and) ([a-z])[.]?$")


def read_letter(text: str, letters: str) -> str | None:
    """The one of `letters` (lower case) that an answer states; null where it states none, or two.

    Read are "B", "(b)", "b) a cat", "B. A cat" and these after "The answer is". "A cat" states no letter.
    """
    words = " ".join(text.replace("*", "").lower().split())
    lead = _LEAD.match(words)
    stated = words[lead.end() :] if lead else words
    alone = _ALONE.fullmatch(stated)
    marked = alone or _MARKED.match(stated)
    if marked is None:
        return None
    letter = next(filter(None, marked.groups()))
    others = {match[1] or match[2] for match in _OTHER.finditer(stated, marked.end())} & set(letters)
    return letter if letter in letters and not others - {letter} else None
