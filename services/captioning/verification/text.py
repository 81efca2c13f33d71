"""Fitness of a text: it is no sentence about a difference when empty, refused, malformed, foreign or too long."""

import re
import unicodedata

from imgdiff.evidence import Objection
from services.captioning.limits import KEPT_OF_TEXT, LONGEST_TEXT, QUOTED_OF_TEXT
from services.english.language_id import is_english

_REFUSED = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able|afraid)|i (?:cannot|can't|can not|could not|couldn't|apologi[sz]e)"
    r"|as an ai\b|as a (?:large )?language model|unable to (?:determine|provide|see|view|identify|assist|compare)"
    r"|(?:cannot|can't) (?:determine|provide|assist|help|see|view)|no images? (?:was|were) (?:provided|given)"
    r"|i do(?:n't| not) (?:see|have))"
)
_MALFORMED = re.compile(
    r"[{}<>|`\\^~=#*_]|\[|\]|https?:|www\.|^\W*\"?\w+\"?\s*:|\b(?:json|null|none|nan|undefined)\s*$"
)
_ECHO = re.compile(
    r"^\W*(?:describe|compare|given|you are|your task|task|answer|output|question|instructions?|assistant|user|system"
    r"|here (?:is|are)|sure|certainly|of course|please|write|say|state|reply|respond|ignore|disregard|forget)\b"
    r"|\b(?:ignore|disregard|forget|override|bypass) (?:\w+ ){0,3}(?:evidence|instructions?|rules?|checks?|prompt)"
    r"|\b(?:the prompt|instructions?|system message|verif(?:y|ied)|one sentence|bounding box)\b"
)
_SAME = re.compile(
    r"\bno (?:\w+ ){0,2}(?:differences?|changes?)\b|\bnothing (?:has |is |was )?(?:\w+ )?(?:changed|different)"
    r"|\b(?:are|is|remains?|look|looks) (?:\w+ )?(?:identical|the same|unchanged)(?=\W*$|[.,;])"
)
_ELSEWHERE = re.compile(r"\b(?:rest|else|other|others|otherwise|apart|background|surroundings|aside|besides)\b")
_GAPS = re.compile(r"[\t\n\r\f\v\u00a0\u2028\u2029 ]+")


def tidy(text: str) -> str:
    """The text with single spaces, and without what UTF-8 cannot hold."""
    return _GAPS.sub(" ", text.encode("utf-8", "replace").decode()).strip()


def find_unfit(text: str) -> Objection | None:
    """Why a tidy text is not fit to be checked; null when it is."""
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        return Objection(code="text.empty")
    if len(text) > LONGEST_TEXT:
        return Objection(code="text.too_long", text=_quote(text))
    plain = text.lower().replace("’", "'")
    if _REFUSED.search(plain):
        return Objection(code="text.refused", text=_quote(text))
    if _MALFORMED.search(plain) or _ECHO.search(plain) or any(_is_hidden(letter) for letter in text):
        return Objection(code="text.malformed", text=_quote(text))
    return None if is_english(text) else Objection(code="text.language", text=_quote(text))


def says_same(text: str) -> str | None:
    """The words by which the text denies a difference; null where it does not, or only outside the region."""
    found = _SAME.search(text.lower())
    return None if found is None or _ELSEWHERE.search(text.lower()) else found.group()


def _is_hidden(letter: str) -> bool:
    """Whether it is a control, format or unassigned character."""
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} or letter == "\ufffd"


def _quote(text: str) -> str:
    shown = "".join(" " if _is_hidden(letter) else letter for letter in text)
    return shown if len(shown) <= QUOTED_OF_TEXT else shown[:QUOTED_OF_TEXT] + "…"


def clip(written: str) -> str:
    """What was written, as far as a record keeps it."""
    safe = written.encode("utf-8", "replace").decode()
    return safe if len(safe) <= KEPT_OF_TEXT else safe[:KEPT_OF_TEXT] + "…"
