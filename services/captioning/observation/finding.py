"""Finding: what is known of one region, before it is put into words."""

from dataclasses import dataclass, replace

from imgdiff.evidence import Word, WordSource
from imgdiff.records import Box, Change
from services.english.inflection import number, plural


@dataclass(frozen=True)
class Finding:
    """The change at one region. Nouns, colours and texts of either image are null without evidence.

    `count` is of the things that came, went or moved; `near` names a neighbour; `towards` is `up` or `down` where
    things moved within one place; `words` state what each word rests on.
    `corroborated` where sources that are independent of one another agree on its nouns and on its kind of change.
    """

    box: Box
    change: Change
    label1: str | None
    label2: str | None
    colour1: str | None = None
    colour2: str | None = None
    count: int = 1
    near: str | None = None
    small: bool = False
    text1: str | None = None
    text2: str | None = None
    towards: str | None = None
    words: tuple[Word, ...] = ()
    corroborated: bool = True

    @property
    def without_nouns(self) -> "Finding":
        """The finding with no thing named."""
        words = tuple(word for word in self.words if word.source is WordSource.PIXELS)
        return replace(self.without_texts, label1=None, label2=None, count=1, near=None, words=words)

    @property
    def without_texts(self) -> "Finding":
        """The finding with no text read."""
        words = tuple(word for word in self.words if word.source is not WordSource.TEXT)
        return replace(self, text1=None, text2=None, words=words)

    @property
    def as_single(self) -> "Finding":
        """The finding with one thing where several were counted."""
        singular = {plural(label): label for label in (self.label1, self.label2) if label is not None}
        kept = [word for word in self.words if word.text != number(self.count)]
        words = tuple(word.model_copy(update={"text": singular.get(word.text, word.text)}) for word in kept)
        return replace(self, count=1, words=words)
