"""Which nouns a record names, and what it says replaced what."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from gateway.statistics.facts import RecordFacts
from imgdiff.objects.labels import label_key, spell
from imgdiff.records import Change, Operation

_LENGTH = 200  # characters of a name that are compared, as for filters
_BETWEEN = "\t"  # the names of a pair: no spelling has one


def find_names(record: RecordFacts) -> Iterator[str]:
    """The spelling of each label of the kept regions."""
    for region in record.kept:
        yield from (_clean(label) for label in (region.label1, region.label2) if label)


def find_replacements(record: RecordFacts) -> Iterator[str]:
    """Both spellings of what replaced what, in one text: those of the edit, else of each kept region."""
    edit = record.source.edit
    if edit is not None and edit.operation is Operation.REPLACE and edit.before and edit.after:
        yield _BETWEEN.join((_clean(edit.before), _clean(edit.after)))
        return
    for region in record.kept:
        if region.change is Change.REPLACED and region.label1 and region.label2:
            yield _BETWEEN.join((_clean(region.label1), _clean(region.label2)))


def replacement_key(spellings: str) -> tuple[str, ...]:
    """Keys of both names: pairs with the same ones are the same pair."""
    return tuple(label_key(spelling) for spelling in spellings.split(_BETWEEN))


def group(spellings: Mapping[str, int]) -> dict[tuple[str, ...], tuple[tuple[str, ...], int]]:
    """By the keys of a name or of the names of a pair: the most frequent spelling, and the number of all spellings."""
    groups: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for text, number in spellings.items():
        groups[replacement_key(text)][text] += number
    return {key: (tuple(_most_frequent(found).split(_BETWEEN)), found.total()) for key, found in groups.items()}


def _most_frequent(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text))


def _clean(label: str) -> str:
    return spell(label.replace("\0", ""))[:_LENGTH]
