"""Which thing of a caption is edited: the one that the request names, or one drawn by the seed."""

import random
from collections.abc import Callable, Sequence

from imgdiff.records import Reason
from services.editing.limits import LONGEST_CAPTION
from services.editing.rewriting.kinds import kinds_of, same_thing
from services.editing.rewriting.mentions import Mention, extract_mentions
from services.english.head_nouns import head_noun
from services.english.language_id import is_english, is_foreign
from services.english.lexicon import lexicon
from services.english.things import category_of

NO_NOUN = Reason(code="rewrite.no_noun")
NOT_FOUND = Reason(code="rewrite.target_not_found")
NOT_SAYABLE = Reason(code="rewrite.not_sayable")
LANGUAGE = Reason(code="rewrite.language")
TOO_LONG = Reason(code="rewrite.too_long")

_PERSON_WEIGHT, _STRUCTURE_WEIGHT = 0.4, 0.6  # beside 1 for other things; chosen, not measured


def read_mentions(caption: str) -> tuple[Mention, ...] | Reason:
    """Every thing of a tidy caption, or why none can be read."""
    if len(caption) > LONGEST_CAPTION:
        return TOO_LONG
    if is_foreign(caption):
        return LANGUAGE if any(letter.isalpha() for letter in caption) else NO_NOUN
    found = extract_mentions(caption)
    if not found:
        return NO_NOUN
    return found if is_english(caption) else LANGUAGE


def find_mentions(things: Sequence[Mention], target: str) -> list[Mention]:
    """The things that a noun names, in singular or plural, with or without article and adjectives; best match first."""
    wanted = " ".join(target.lower().split())
    literal = [each for each in things if wanted in {each.text.lower(), _without_determiner(each)}]
    if literal:
        return literal
    noun = head_noun(wanted) or wanted
    tails = (f" {wanted}", f" {noun}")
    adjectives = [word for word in wanted.split() if word not in {"a", "an", "the", *noun.split()}]
    singular = wanted.removesuffix("s")
    exact = [each for each in things if each.noun in {noun, wanted, singular} or _lemma(each) == noun]
    found = (
        exact
        or [each for each in things if each.noun.endswith(tails)]
        or [each for each in things if same_thing(each.noun, noun) and not _is_wider(each.noun, noun)]
    )
    fitting = [each for each in found if all(word in each.text.lower().split() for word in adjectives)]
    return fitting or ([] if adjectives and len(found) > 1 else found)


def shuffle(things: Sequence[Mention], seed: int, weigh: Callable[[Mention], float] | None = None) -> list[Mention]:
    """Things in an order drawn by weight (Efraimidis and Spirakis, 2006), without those of weight 0."""
    weigh = weigh or weight
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    keyed = [(drawing.expovariate(1.0) / weigh(each), each.start, each) for each in things if weigh(each) > 0]
    return [each for _, _, each in sorted(keyed, key=lambda item: item[:2])]


def weight(mention: Mention) -> float:
    """How likely a thing is chosen when the request names none: things of the table, persons less, places never."""
    kinds = kinds_of(mention.noun)
    if not kinds or (mention.noun == "water" and mention.before() != "of"):  # a sea is no drink
        return 0.0
    return {"person": _PERSON_WEIGHT, "structure": _STRUCTURE_WEIGHT}.get(category_of(kinds[0]), 1.0)


def weight_without_table(mention: Mention) -> float:
    """The same for edits that need no table: persons under any name as well."""
    return weight(mention) or (_PERSON_WEIGHT if lexicon().is_a(mention.noun, "person") else 0.0)


def _without_determiner(mention: Mention) -> str:
    determiner = mention.determiner
    text = mention.text if determiner is None else mention.text[determiner.end - determiner.start :]
    return text.strip().lower()


def _lemma(mention: Mention) -> str | None:
    known = lexicon().noun(mention.noun)
    return known.lemma if known is not None else None


def _is_wider(noun: str, target: str) -> bool:
    """Whether the caption's noun is only a hypernym of the target: it may be another thing."""
    return lexicon().is_a(target, noun) and not lexicon().is_a(noun, target)
