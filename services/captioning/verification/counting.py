"""A sentence with another number in it: the noun and its verb agree with the number again."""

from imgdiff.records import Change
from services.captioning.verification.claims import Claims, Thing
from services.captioning.verification.edits import Edit
from services.captioning.verification.witness import IMAGES, ImageNumber, Witness
from services.english.inflection import number, plural
from services.english.phrases import Count, Phrase
from services.english.vocabulary import TO_MANY, TO_ONE, words

_REFERRING = words("they their them these those both it its itself themselves")
_BETWEEN = words("only now just also still")


def counted(sentence: Claims, thing: Thing, witness: Witness) -> list[Edit] | None:
    """The edits that put the right number; null where that is unknown or the sentence would have to be written anew."""
    said = thing.phrase.count
    found = _number(sentence, thing, witness)
    if said is None or found is None or sentence.tokens[said.first - 1].low in {"all", "both"}:
        return None
    if (found > 1) == thing.phrase.plural:
        return [Edit(*sentence.span(said.first, said.last), number(found))]
    if any(token.low in _REFERRING for token in sentence.tokens):
        return None
    return _agreeing(sentence, thing.phrase, said, found)


def _number(sentence: Claims, thing: Thing, witness: Witness) -> int | None:
    """How many there are in the image, or how many came or went where that is told."""
    before, after = (_counted_in(witness, image, thing.phrase.noun) for image in IMAGES)
    if before is None or after is None or len(sentence.told) > 1:
        return None
    if any(told.change in {Change.ADDED, Change.REMOVED} for told in sentence.told) and before != after:
        return abs(after - before)
    counts = {(before, after)[image - 1] for image in thing.sides}
    return counts.pop() or None if len(counts) == 1 else None


def _counted_in(witness: Witness, image: ImageNumber, noun: str) -> int | None:
    """The witness's count; none at all where the image does not show the thing."""
    count = witness.count(image, noun)
    return 0 if count is None and not witness.shows(image, noun) else count


def _agreeing(sentence: Claims, phrase: Phrase, said: Count, found: int) -> list[Edit] | None:
    tokens = sentence.tokens
    verbs = TO_MANY if found > 1 else TO_ONE
    clause = next(one for one in sentence.clauses if one.holds(phrase.head))
    before = phrase.first - 1
    while before >= 0 and tokens[before].low in _BETWEEN:
        before -= 1
    after = next((at for at in range(phrase.last + 1, clause.last + 1) if tokens[at].low in verbs), None)
    joined = any(token.low in {"and", "or"} for token in tokens[phrase.last + 1 : after or phrase.last + 1])
    edits = [
        Edit(*sentence.span(said.first, said.last), number(found)),
        Edit(*sentence.span(phrase.head, phrase.last), plural(phrase.noun) if found > 1 else phrase.noun),
    ]
    if before >= clause.first and tokens[before].low in verbs:
        return [*edits, Edit(tokens[before].start, tokens[before].end, verbs[tokens[before].low])]
    if after is not None and not joined:
        return [*edits, Edit(tokens[after].start, tokens[after].end, verbs[tokens[after].low])]
    return None
