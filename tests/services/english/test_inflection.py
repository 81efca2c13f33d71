"""Labels are said as English has them."""

from services.english.inflection import article, join_nouns, number, plural, singular, singulars, with_article


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
