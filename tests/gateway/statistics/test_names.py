"""Names are one whether they are singular or plural, with or without an article."""

from gateway.statistics.facts import RecordFacts
from gateway.statistics.names import find_names, find_replacements, group, replacement_key
from imgdiff.records import Change, Edit, Operation, Record


def _facts(record: Record, *labels: tuple[str | None, str | None], change: Change = Change.REPLACED) -> RecordFacts:
    region = record.regions[0].model_copy(update={"kept": True, "change": change})
    regions = tuple(region.model_copy(update={"label1": one, "label2": other}) for one, other in labels)
    source = record.source.model_copy(update={"edit": None})
    return RecordFacts.model_validate(record.model_copy(update={"regions": regions, "source": source}))


def test_each_side_of_a_kept_region_names_its_object(record: Record) -> None:
    found = list(find_names(_facts(record, ("The Dogs", "cat"), (None, "wine-glass"))))

    assert found == ["dogs", "cat", "wine glass"]


def test_spellings_of_one_noun_are_one_name_under_the_most_frequent(record: Record) -> None:
    assert group({"dogs": 2, "dog": 3, "cat": 1}) == {("dog",): (("dog",), 5), ("cat",): (("cat",), 1)}


def test_a_replacement_is_what_the_edit_exchanged_else_what_regions_show(record: Record) -> None:
    shown = _facts(record, ("dogs", "a cat"), ("cup", None))
    (pair,) = find_replacements(shown)
    edit = Edit(operation=Operation.REPLACE, box=(0, 0, 9, 9), before="dog", after="fox", seed=1)
    made = shown.model_copy(update={"source": shown.source.model_copy(update={"edit": edit})})

    assert replacement_key(pair) == ("dog", "cat")
    assert [replacement_key(pair) for pair in find_replacements(made)] == [("dog", "fox")]
    assert list(find_replacements(_facts(record, ("dog", "cat"), change=Change.CHANGED))) == []
