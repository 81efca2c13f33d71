"""Labels are said as English has them."""

from services.english.inflection import (
    article,
    have,
    join_nouns,
    number,
    plural,
    read_number,
    several,
    singular,
    singulars,
    with_article,
)
from services.english.things import table
from services.networks.labels import coco_labels, imagenet_labels

VOCABULARY = sorted({*table().things, *coco_labels(), *imagenet_labels()})
ALWAYS_PLURAL = {
    *("binoculars", "glasses", "goggles", "jeans", "pajamas", "pants", "parallel bars", "scissors", "shorts", "skis"),
    *("sunglasses", "swimming trunks", "trousers"),
}
# Of a vowel letter that sounds as a consonant, and the other way round.
CONSONANT_FIRST = {"European fire salamander", "European gallinule", "unicycle", "ewe", "ukulele"}
VOWEL_FIRST = {"hourglass"}


def test_nouns_take_their_article_and_plural() -> None:
    nouns = ("apple", "dog", "unicycle", "umbrella", "orange cup")
    assert [with_article(noun) for noun in nouns] == ["an apple", "a dog", "a unicycle", "an umbrella", "an orange cup"]
    assert [plural(noun) for noun in ("car", "person", "bus", "knife", "berry", "toy", "bench", "sheep")] == [
        "cars",
        "people",
        "buses",
        "knives",
        "berries",
        "toys",
        "benches",
        "sheep",
    ]


def test_articles_go_by_sound_and_plurals_by_the_last_word() -> None:
    words = ("hour", "honest man", "one-way sign", "SUV", "UFO", "urn", "European", "unidentified bird", "used car")
    assert [article(word) for word in words] == ["an", "an", "a", "an", "a", "an", "a", "an", "a"]
    nouns = ("policeman", "German", "woman", "goose", "police officer", "wolf", "hot dog", "deer", "tomato", "Man")
    assert [plural(noun) for noun in nouns] == [
        "policemen",
        "Germans",
        "women",
        "geese",
        "police officers",
        "wolves",
        "hot dogs",
        "deer",
        "tomatoes",
        "Men",
    ]


def test_counts_and_lists_are_written_in_words() -> None:
    assert [number(count) for count in (0, 2, 12, 13)] == ["no", "two", "twelve", "13"]
    assert [read_number(word) for word in ("two", "13", "999", "1000", "many", "")] == [2, 13, 999, None, None, None]
    assert [join_nouns(["a"]), join_nouns(["a", "b"]), join_nouns(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_regular_plural_has_candidates_for_its_singular() -> None:
    assert singulars("cherries") == ("cherry", "cherrie")
    assert "knife" in singulars("knives")
    assert singulars("boxes")[0] == "box"
    assert singulars("cup") == ()


def test_the_singular_of_a_plural_is_a_sure_noun_or_the_word_itself() -> None:
    known = {"clock", "glasse", "gas"}

    assert [singular(word, known.__contains__) for word in ("clocks", "women", "glasses", "gases", "bus", "clock")] == [
        "clock",
        "woman",
        "glasses",
        "gases",
        "bus",
        "clock",
    ]


def _takes_no_article(noun: str) -> bool:
    row = table().things.get(noun)
    return noun in ALWAYS_PLURAL or (row is not None and row.mass and not row.counted)


def _sounds_as_vowel(noun: str) -> bool:
    return (noun[0].lower() in "aeiou" and noun not in CONSONANT_FIRST) or noun in VOWEL_FIRST


def test_every_noun_has_its_article_and_verb() -> None:
    articles = {noun: "an" if _sounds_as_vowel(noun) else "a" for noun in VOCABULARY}
    expected = {noun: noun if _takes_no_article(noun) else f"{one} {noun}" for noun, one in articles.items()}

    assert {noun: with_article(noun) for noun in VOCABULARY} == expected
    assert {noun for noun in VOCABULARY if have(noun) == "have"} == ALWAYS_PLURAL
    assert {have(noun, 2) for noun in VOCABULARY} == {"have"}


def test_every_noun_has_a_plural() -> None:
    unchanged = {noun for noun in VOCABULARY if plural(noun) == noun}
    listed = {noun for noun, row in table().things.items() if row.plural == noun}

    assert {
        noun for noun in unchanged if not {noun, noun.rpartition(" ")[2]} & listed and not noun.endswith("fish")
    } == set()
    assert {noun: several(noun, 2) for noun in VOCABULARY} == {
        noun: f"two {'pairs of ' if noun in ALWAYS_PLURAL else ''}{plural(noun)}" for noun in VOCABULARY
    }


def test_colours_stand_before_the_noun() -> None:
    assert with_article("scissors", "red") == "red scissors"
    assert with_article("umbrella", "dark blue") == "a dark blue umbrella"
    assert several("sunglasses", 2, "black") == "two pairs of black sunglasses"
    assert have(None) == "has"
