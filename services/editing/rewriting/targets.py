"""Which thing of a caption is edited: the one that is named, or one that the edit suits, drawn by the seed."""

import random
from collections.abc import Callable, Sequence

from imgdiff.records import Reason
from services.editing.rewriting.candidates import kinds_of, same
from services.editing.rewriting.mentions import Mention, mentions
from services.english.head_nouns import head_noun
from services.english.language_id import is_english, is_foreign
from services.english.lexicon import lexicon
from services.english.things import category_of

LONGEST = 20_000  # characters of a caption that is read

NO_NOUN = Reason(code="rewrite.no_noun")
NOT_FOUND = Reason(code="rewrite.target_not_found")
NOT_SAYABLE = Reason(code="rewrite.not_sayable")
LANGUAGE = Reason(code="rewrite.language")
TOO_LONG = Reason(code="rewrite.too_long")


def named_things(caption: str) -> tuple[Mention, ...] | Reason:
    """Every thing of a tidy caption, or why none can be read."""
    if len(caption) > LONGEST:
        return TOO_LONG
    if is_foreign(caption):
        return LANGUAGE if any(letter.isalpha() for letter in caption) else NO_NOUN
    found = mentions(caption)
    if not found:
        return NO_NOUN
    return found if is_english(caption) else LANGUAGE


def meant(things: Sequence[Mention], target: str) -> list[Mention]:
    """The things that a noun names, in singular or plural, with or without article and adjectives; surest first."""
    wanted = " ".join(target.lower().split())
    literal = [one for one in things if wanted in {one.text.lower(), _bare(one)}]
    if literal:
        return literal
    noun = head_noun(wanted) or wanted
    tails = (f" {wanted}", f" {noun}")
    described = [word for word in wanted.split() if word not in {"a", "an", "the", *noun.split()}]
    exact = [one for one in things if one.noun in {noun, wanted, wanted.removesuffix("s")} or _lemma(one) == noun]
    found = (
        exact
        or [one for one in things if one.noun.endswith(tails)]
        or [one for one in things if same(one.noun, noun) and not _wider(one.noun, noun)]
    )
    fitting = [one for one in found if all(word in one.text.lower().split() for word in described)]
    return fitting or ([] if described and len(found) > 1 else found)


def shuffled(things: Sequence[Mention], seed: int, weigh: Callable[[Mention], float] | None = None) -> list[Mention]:
    """In an order drawn by weight (Efraimidis and Spirakis, 2006), those without weight left out."""
    weigh = weigh or weight
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    keyed = [(drawing.expovariate(1.0) / weigh(one), one.start, one) for one in things if weigh(one) > 0]
    return [one for _, _, one in sorted(keyed, key=lambda item: item[:2])]


def weight(mention: Mention) -> float:
    """How gladly a thing is edited that nobody named: what the table knows, persons less, places never."""
    kinds = kinds_of(mention.noun)
    if not kinds or (mention.noun == "water" and mention.before() != "of"):  # a sea is no drink
        return 0.0
    return {"person": 0.4, "structure": 0.6}.get(category_of(kinds[0]), 1.0)


def any_thing(mention: Mention) -> float:
    """The same for edits that need no table: persons of any name, too."""
    return weight(mention) or (0.4 if lexicon().is_a(mention.noun, "person") else 0.0)


def _bare(mention: Mention) -> str:
    determiner = mention.determiner
    text = mention.text if determiner is None else mention.text[determiner.end - determiner.start :]
    return text.strip().lower()


def _lemma(mention: Mention) -> str | None:
    known = lexicon().noun(mention.noun)
    return known.lemma if known is not None else None


def _wider(noun: str, target: str) -> bool:
    """Whether the caption's noun is only a kind above the target: it may be another thing."""
    return lexicon().is_a(target, noun) and not lexicon().is_a(noun, target)
