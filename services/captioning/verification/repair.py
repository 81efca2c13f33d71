"""The smallest changes that bring a sentence in line with the evidence, where one is safe."""

from services.captioning.verification.claims import Claims, Colour, Thing
from services.captioning.verification.counting import counted
from services.captioning.verification.edits import Edit, edited
from services.captioning.verification.involved import is_involved
from services.captioning.verification.objections import Fault, bears_out
from services.captioning.verification.spots import Spot
from services.captioning.verification.witness import ImageNumber, Witness
from services.english.colours import COLOURS, SHADES
from services.english.inflection import plural
from services.english.lexicon import lexicon
from services.english.phrases import Phrase, phrases
from services.english.tokens import sentences

_RULES = 0.6  # share of the changed pixels at which one colour is the colour
_JOINS = frozenset({"and", "or", ","})


def repaired(text: str, fault: Fault, witness: Witness) -> str | None:
    """The text without one fault; null when no small change would do. It is to be checked again."""
    edits: list[Edit] | None = None
    if is_involved(fault.sentence) and not isinstance(fault.claim, Spot):
        return None
    match fault.claim:
        case Thing() if fault.objection.code == "text.wrong_count":
            edits = counted(fault.sentence, fault.claim, witness)
        case Thing() if fault.objection.code == "text.unsupported":
            edits = _general(fault.sentence, fault.claim, witness)
        case Colour():
            edits = _coloured(fault.sentence, fault.claim, witness)
        case Spot():
            edits = [_placed(fault.sentence, fault.claim, witness)]
        case _:
            pass
    return edited(text, edits) if edits else None


def _general(sentence: Claims, thing: Thing, witness: Witness) -> list[Edit] | None:
    """`dog` for `Dalmatian`, where a dog is what the image shows."""
    if thing.anchor or thing.absent is not None or len(thing.sides) != 1:
        return None
    noun = _last_noun(witness.name(thing.sides[0]))
    if noun is None or noun == thing.phrase.noun or not lexicon().is_a(thing.phrase.noun, noun):
        return None
    if any(one.phrase.noun == noun for one in sentence.things):
        return None
    start, end = sentence.span(thing.phrase.head, thing.phrase.last)
    return [Edit(start, end, plural(noun) if thing.phrase.plural else noun)]


def _last_noun(name: str | None) -> str | None:
    found = [phrase for tokens in sentences(name or "") for phrase in phrases(name or "", tokens)]
    return found[-1].noun if found else None


def _coloured(sentence: Claims, colour: Colour, witness: Witness) -> list[Edit] | None:
    """The colour that rules there, or none before a noun."""
    first = colour.index - (colour.index > 0 and sentence.tokens[colour.index - 1].low in SHADES)
    right = _ruling(witness, colour.sides)
    alone = colour.phrase is None or len(colour.phrase.colours) == 1
    if right is not None and alone:
        counterparts = {_right_word(sentence, one, witness) for one in _opposite(sentence, colour)}
        if right not in counterparts:
            return [Edit(*sentence.span(first, colour.index), right)]
    return _uncoloured(sentence, colour.phrase, first, colour.index) if colour.phrase else _from_to(sentence)


def _ruling(witness: Witness, sides: tuple[ImageNumber, ...]) -> str | None:
    """The one colour that most changed pixels have, in every image that is spoken of."""
    ruling = set()
    for image in sides:
        shares = witness.colours(image)
        best = max(shares, key=lambda term: shares[term], default=None)
        ruling.add(best if best is not None and shares[best] >= _RULES else None)
    return ruling.pop() if len(ruling) == 1 else None


def _opposite(sentence: Claims, colour: Colour) -> list[Colour]:
    """What the sentence says after verbs of the other image's colour."""
    return [one for one in sentence.colours if one.phrase is colour.phrase is None and one.sides != colour.sides]


def _right_word(sentence: Claims, colour: Colour, witness: Witness) -> str:
    word = sentence.tokens[colour.index].low
    if any(bears_out(witness, image, word) for image in colour.sides):
        return word
    return _ruling(witness, colour.sides) or word


def _uncoloured(sentence: Claims, phrase: Phrase, first: int, last: int) -> list[Edit] | None:
    """Takes the word out of its phrase, with what joins it to another colour."""
    tokens = sentence.tokens
    if last + 2 < len(tokens) and tokens[last + 1].low in _JOINS and tokens[last + 2].low in COLOURS.keys() | SHADES:
        return [Edit(tokens[first].start, tokens[last + 2].start, "")]
    if first > phrase.first and tokens[first - 1].low in _JOINS:
        return [Edit(tokens[first - 1].start, tokens[last + 1].start, "")]
    return [Edit(tokens[first].start, tokens[last + 1].start, "")]


def _from_to(sentence: Claims) -> list[Edit] | None:
    """`changed colour` for `changed from red to blue`."""
    said = [one for one in sentence.colours if one.phrase is None]
    if len(said) != 2:
        return None
    words = [token.low for token in sentence.tokens[said[0].index - 2 : said[1].index + 1]]
    if len(words) != 5 or words[:2] != ["changed", "from"] or words[3] != "to":
        return None
    start, end = sentence.span(said[0].index - 1, said[1].index)
    return [Edit(start, end, "colour")]


def _placed(sentence: Claims, spot: Spot, witness: Witness) -> Edit:
    """The true place in the words of the claim: only the axes that it spoke of."""
    there = witness.destination() if spot.role == "to" else None
    places = witness.places() if there is None else there
    vertical = next((word for word in ("top", "bottom") if word in places), "")
    horizontal = next((word for word in ("left", "right") if word in places), "")
    if not spot.words & {"corner", "centre"}:
        vertical = vertical if spot.words & {"top", "bottom"} or not horizontal else ""
        horizontal = horizontal if spot.words & {"left", "right"} or not vertical else ""
    where = " ".join(word for word in (vertical, horizontal) if word) or "centre"
    opening = [token.low for token in sentence.tokens[spot.first : spot.last + 1]]
    if opening[0] in {"from", "to", "towards", "toward"}:
        where = f"{opening[0]} the {where}"
    elif opening[0] in {"on", "in", "at", "near"}:
        where = f"{'at' if vertical else 'on' if horizontal else 'in'} the {where}"
    elif opening[0] in {"the", "far", "extreme", "very"}:
        where = f"the {where}"
    return Edit(*sentence.span(spot.first, spot.last), where)
