"""What searches look at of a record: its words and the codes of its reasons, as texts of their columns."""

from imgdiff.objects.labels import label_key
from imgdiff.records import Record

_TEXTS = ("caption", "label1", "label2", "caption1", "caption2", "text1", "text2")
_LABEL_LENGTH = 200  # characters of a key that are compared, as many as its column holds
_WORDS_LENGTH = 20_000  # characters of a record that a search looks at; chosen, not measured


def words_of(*versions: Record) -> str:
    """The words of a record's caption and kept regions in lower case, as the models said them and as corrected."""
    texts: list[str | None] = []
    for record in versions:
        kept = [region for region in record.regions if region.kept]
        texts += [record.caption, *(getattr(region, name) for region in kept for name in _TEXTS)]
    return "\n".join(dict.fromkeys(filter(None, texts))).replace("\0", "").casefold()[:_WORDS_LENGTH]


def reasons_of(record: Record) -> str:
    """The codes of the gates that fired on the record or its regions, each between blanks."""
    found = [*record.reasons, *(reason for region in record.regions for reason in region.reasons)]
    codes = dict.fromkeys(reason.code for reason in found)
    return f" {' '.join(codes)} " if codes else ""


def label_of(label: str) -> str:
    """The key of a label as its column has it."""
    return label_key(label.replace("\0", ""))[:_LABEL_LENGTH]


def doubt_of(confidence: float | None) -> float:
    """What orders records by confidence: itself, and -1 where it is not known, so that these come first."""
    return -1.0 if confidence is None else confidence


def split_words(text: str) -> tuple[str, ...]:
    """The words that a search asks for, as the column has them."""
    return tuple(dict.fromkeys(text.casefold().split()))
