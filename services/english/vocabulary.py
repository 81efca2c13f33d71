"""Word lists by which sentences are read, from `vocabulary.toml`."""

import tomllib
from importlib.resources import files


def words(text: str) -> frozenset[str]:
    """A set of words."""
    return frozenset(text.split())


def terms(text: str) -> tuple[str, ...]:
    """Terms of one or more words, separated by commas, in order."""
    return tuple(term.strip() for term in text.split(","))


_FILE = tomllib.loads((files("services.english") / "vocabulary.toml").read_text("utf-8"))
_WORDS: dict[str, frozenset[str]] = {name: words(text) for name, text in _FILE["words"].items()}
_TERMS: dict[str, tuple[str, ...]] = {name: terms(text) for name, text in _FILE["terms"].items()}

ARTICLES = _WORDS["articles"]
DETERMINERS = ARTICLES | _WORDS["determiners"]
PRONOUNS = _WORDS["pronouns"]
AUXILIARIES = _WORDS["auxiliaries"]
COPULAS = _WORDS["copulas"]
PREPOSITIONS = _WORDS["prepositions"]
FUNCTION = DETERMINERS | PRONOUNS | AUXILIARIES | PREPOSITIONS | _WORDS["other_function"]
FOREIGN_FUNCTION = _WORDS["foreign"] - FUNCTION
FRAMES = _WORDS["frames"] | _WORDS["body_parts"]
VERBS = _WORDS["verbs"]
NOT_NOUNS = FUNCTION | _WORDS["not_nouns"]
THINGS_IN_ING = _WORDS["things_in_ing"]
PARTICIPLES = _WORDS["participles"]
AT_LEAST_TWO = _WORDS["at_least_two"]
ONE_IN_PLURAL = _WORDS["one_in_plural"]
MATERIALS = _WORDS["materials"]
FIRST, SECOND = _WORDS["first"], _WORDS["second"]
PICTURES, PICTURES_PLURAL = _WORDS["pictures"], _WORDS["pictures_plural"]
THEN, NOW = _WORDS["then"], _WORDS["now"]
FREQUENT, FREQUENT_FOREIGN = _WORDS["frequent"], _WORDS["frequent_foreign"]

KINDS, DRAWN, NOT_THINGS = _TERMS["kinds"], frozenset(_TERMS["drawn"]), _TERMS["not_things"]
NUMBERS = {word: value for value, word in enumerate(_TERMS["numbers"], 1)}
MORE_PLURALS: dict[str, str] = _FILE["plurals"]
PLACES: dict[str, str] = _FILE["places"]
BEFORE: dict[str, str] = _FILE["before"]
AFTER: dict[str, str] = _FILE["after"]
SIDES: dict[str, str] = _FILE["sides"]
OPPOSITE_RELATIONS: dict[str, str] = _FILE["opposite_relations"]
# Verb forms by the number of their subject.
TO_MANY = {"is": "are", "was": "were", "has": "have"}
TO_ONE = {many: one for one, many in TO_MANY.items()}
OVERLAPPING_COLOURS: dict[str, str] = _FILE["colours"]
CHANGES: dict[str, tuple[str, ...]] = {change: terms(listed) for change, listed in _FILE["changes"].items()}
