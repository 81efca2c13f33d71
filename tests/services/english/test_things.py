"""The table of things is complete and consistent, and its reader refuses what it does not know."""

import pytest

from services.english.inflection import plural
from services.english.lexicon import lexicon
from services.english.things import category_of, class_of, groups_of, peer_nouns, read_table, table, thing
from services.networks.labels import coco_labels, imagenet_labels

EMPTY = "[things]\n[peers]\n"


def test_every_class_of_the_detector_has_a_row_with_category_and_height_and_nothing_else_has_them() -> None:
    classes = {name for name, row in table().things.items() if row.category is not None}

    assert classes == set(coco_labels())
    assert classes == {name for name, row in table().things.items() if row.metres is not None}


def test_names_in_other_lists_exist_there() -> None:
    assert all(lexicon().noun(row.wordnet) for row in table().things.values() if row.wordnet)
    assert {name for row in table().things.values() for name in row.imagenet} <= set(imagenet_labels())


def test_a_synonym_belongs_to_one_class() -> None:
    assert [class_of(noun) for noun in ("mug", "plane", "cup", "unicorn")] == ["cup", "airplane", "cup", "unicorn"]
    with pytest.raises(ValueError, match="more than one class: mug"):
        read_table('[things]\ncup = {synonyms = ["mug"]}\nbowl = {synonyms = ["mug"]}\n[peers]\n')
    with pytest.raises(ValueError, match="more than one class: cup"):
        read_table('[things]\ncup = {category = "kitchen"}\nbowl = {synonyms = ["cup"]}\n[peers]\n')


@pytest.mark.parametrize(
    "text",
    ["[peers]", "[things]\ncup = {meters = 0.1}\n[peers]", "[things]\ncup = {metres = 0}\n[peers]", EMPTY + "[more]"],
)
def test_an_unknown_key_or_a_wrong_value_is_refused(text: str) -> None:
    assert read_table(EMPTY).things == {}
    with pytest.raises(ValueError, match="validation error"):
        read_table(text)


def test_nothing_is_known_of_other_nouns() -> None:
    assert thing("unicorn").metres is None
    assert groups_of("unicorn") == ()
    assert plural("unicorn") == "unicorns"


def test_peers_are_nouns_and_each_group_has_a_choice() -> None:
    assert [noun for noun in peer_nouns() if lexicon().noun(noun) is None and not noun.startswith("little ")] == []
    assert [name for name, group in table().peers.items() if not 2 <= len(set(group.nouns)) == len(group.nouns)] == []
    assert category_of(groups_of("dog")[0]) == "animal"


def test_people_animals_and_food_are_not_recolourable() -> None:
    nouns = ("person", "dog", "pizza", "car", "potted plant")

    assert [thing(noun).recolourable for noun in nouns] == [False, False, False, True, True]
