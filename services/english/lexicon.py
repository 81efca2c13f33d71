"""The lexicon: English nouns for visible things and their hypernyms (WordNet 3.0, Fellbaum 1998)."""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.english.inflection import singulars
from services.english.things import thing

_FILE = "nouns.tsv.gz"


@dataclass(frozen=True)
class Noun:
    """`lemma` is in the singular and in lower case; `doubtful` marks words that mostly mean something else."""

    lemma: str
    doubtful: bool
    senses: tuple[int, ...]


class Lexicon:
    """Nouns for visible things by lemma, with their synsets and the hypernyms of these."""

    def __init__(self, text: str) -> None:
        self._above: list[tuple[int, ...]] = []
        self._nouns: dict[str, Noun] = {}
        self._singular: dict[str, str] = {}
        for line in text.splitlines():
            kind, *fields = line.split("\t")
            match kind:
                case "s":
                    self._above.append(tuple(int(one) for one in fields[0].split()))
                case "l":
                    senses = tuple(int(one) for one in fields[2].split() if one != "-")
                    doubtful = fields[1] == "1" or fields[2].startswith("-")
                    self._nouns[fields[0]] = Noun(fields[0], doubtful, senses)
                case _:
                    self._singular.setdefault(fields[0], fields[1])
        self._person = self._nouns["person"].senses[0]

    def noun(self, words: str) -> Noun | None:
        """The noun for a word or compound, singular or plural; null when it names nothing visible."""
        words = words.lower()
        for lemma in (words, self._singular.get(words, ""), *singulars(words)):
            known = self._nouns.get(thing(lemma).wordnet or lemma)
            if known is not None and known.senses:
                return known
        return None

    def is_a(self, one: str, other: str) -> bool:
        """Whether every `one` is an `other`: `other` is the same word, a synonym or a hypernym."""
        first, second = self.noun(one), self.noun(other)
        if first is None or second is None:
            return one.lower() == other.lower()
        return first.lemma == second.lemma or not self._meant(first).isdisjoint(second.senses)

    def _meant(self, noun: Noun) -> set[int]:
        """All hypernyms of a noun; those of persons only where it names nothing else (a `dog` may be a person)."""
        kinds = [set(self.kinds(sense)) for sense in noun.senses]
        things = [above for above in kinds if self._person not in above]
        return set().union(*(things or kinds))

    def kinds(self, synset: int) -> list[int]:
        """The synset and all its hypernyms, nearest first."""
        found = [synset]
        for one in found:
            found += [above for above in self._above[one] if above not in found]
        return found


@cache
def lexicon() -> Lexicon:
    """The lexicon that is part of imgdiff."""
    packed = (files("services.english") / "tables" / _FILE).read_bytes()
    return Lexicon(gzip.decompress(packed).decode())
