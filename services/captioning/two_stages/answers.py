"""Answers: what a language model wrote becomes a phrase or a sentence, or the reason why it is none."""

import re
import unicodedata
from dataclasses import dataclass

from services.captioning.limits import KEPT_OF_ANSWER, LONGEST_DESCRIPTION, LONGEST_PHRASE, LONGEST_SENTENCE, NOT_LATIN
from services.captioning.two_stages.instructions import ContentForm
from services.captioning.two_stages.preambles import skip_preamble
from services.captioning.two_stages.writer import EMPTY, LANGUAGE, MALFORMED, NO_ANSWER, REFUSED, TOO_LONG, Written
from services.english.lexicon import lexicon
from services.english.vocabulary import FREQUENT, FREQUENT_FOREIGN, FUNCTION

_MARKUP = str.maketrans({"<": " ", ">": " ", "|": " ", '"': "'", "“": "'", "”": "'", "`": "'"})
_REFUSALS = re.compile(
    r"^\W*(i['’]?m (very )?sorry|sorry\b|i (cannot|can['’]?t|can not|am unable|am not able|won['’]?t)\b|"
    r"i['’]?m (unable|not able)\b|unable to\b|as an ai\b|(there is )?no image\b)",
    re.IGNORECASE,
)
# Thoughts without tags, as a server leaves them that has no reasoning parser.
_MUSES = re.compile(
    r"^\W*((okay|ok|alright|hmm|wait|well|so|got it)[,.]|let('s| me| us)\b|the user\b|"
    r"(we|i) (need|have) to\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Reading:
    """The text in one line, or null with the code of the reason; `raw` is the beginning of what was written."""

    text: str | None
    code: str | None
    raw: str


def read_content(written: Written, form: ContentForm) -> Reading:
    """What a region shows, as a phrase or as a description, without preamble and quotes."""
    return read_phrase(written) if form == "phrase" else read_description(written)


def read_phrase(written: Written) -> Reading:
    """A noun phrase without preamble, full stop and quotes, its article in lower case."""
    found = _read(written, LONGEST_PHRASE)
    if found.text is None:
        return found
    return Reading(_lower_article(skip_preamble(found.text).rstrip(". ")), None, found.raw)


def read_description(written: Written) -> Reading:
    """Sentences or a long phrase without preamble; of an answer that was cut, what is whole of it."""
    text = _tidy(written.text)
    if written.code == TOO_LONG or len(text) > LONGEST_DESCRIPTION:
        written = Written(_cut(text[:LONGEST_DESCRIPTION]))
    found = _read(written, LONGEST_DESCRIPTION)
    if found.text is None:
        return Reading(None, found.code, text[:KEPT_OF_ANSWER])
    described = skip_preamble(found.text)
    closed = described[-1] in ".!?"
    whole = described[0].upper() + described[1:] if closed else _lower_article(described)
    return Reading(whole, None, text[:KEPT_OF_ANSWER])


def read_sentence(written: Written) -> Reading:
    """One or two sentences with a full stop at the end."""
    found = _read(written, LONGEST_SENTENCE)
    if found.text is None or found.text[-1] in ".!?":
        return found
    return Reading(f"{found.text}.", None, found.raw)


def is_english(text: str) -> bool:
    """False for another script, for mostly foreign function words, and for a few words that are all unknown."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if latin < (1 - NOT_LATIN) * len(letters):
        return False
    found = _WORD.findall(text.lower())
    english, foreign = (sum(word in known for word in found) for known in (FREQUENT, FREQUENT_FOREIGN))
    if english or foreign:
        return english >= foreign
    return len(found) == 1 or any(lexicon().noun(word) for word in found)


def _lower_article(text: str) -> str:
    first, space, rest = text.partition(" ")
    return first.lower() + space + rest if first in {"A", "An", "The"} else text


def _cut(text: str) -> str:
    """The whole sentences of a text without its end; else its whole clauses, else its whole words."""
    sentences = re.match(r".*[.!?](?=\s|$)", text, re.DOTALL)
    if sentences is not None:
        return sentences[0]
    words = text.rpartition(",")[0].split() or text.split()[:-1]
    while words and words[-1].lower() in FUNCTION:
        words.pop()
    return " ".join(words)


def _read(written: Written, longest: int) -> Reading:
    text = _tidy(written.text)
    raw = text[:KEPT_OF_ANSWER]
    code = written.code or _fault(text, longest)
    return Reading(None if code else text, code, raw)


def _fault(text: str, longest: int) -> str | None:
    if not any(letter.isalpha() for letter in text):
        return EMPTY
    if _REFUSALS.search(text):
        return REFUSED
    if _MUSES.search(text):
        return NO_ANSWER
    if text[0] in "{[":
        return MALFORMED
    if len(text) > longest:
        return TOO_LONG
    return None if is_english(text) else LANGUAGE


def _tidy(text: str) -> str:
    """One line without control characters and without marks that end a quotation or begin a model's markup."""
    visible = "".join(" " if unicodedata.category(letter).startswith(("C", "Z")) else letter for letter in text)
    line = " ".join(visible.translate(_MARKUP).split())
    return line[1:-1].strip() if len(line) > 1 and line[0] == line[-1] == "'" else line
