"""What the evidence does not bear out of a text's claims."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imgdiff.evidence import Objection
from imgdiff.records import Change
from services.captioning.verification.claims import Claims, Colour, Thing, Told
from services.captioning.verification.spots import Spot
from services.captioning.verification.witness import IMAGES, ImageNumber, Witness, other
from services.english.colours import COLOURS

_BORNE_OUT = 0.1  # share of the changed pixels that bears a colour out
_KIN = {"grey": ("white", "black"), "white": ("grey",), "black": ("grey",), "brown": ("orange",), "orange": ("brown",)}
_KIN_RULES = 0.4  # share at which a colour that light turns into the other bears that out
_ALLOWED = {  # what else a kind of change may rightly be called
    Change.REPLACED: frozenset({Change.REMOVED, Change.ADDED}),
    Change.MOVED: frozenset({Change.REMOVED, Change.ADDED}),
}
_OPPOSITE = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
_STEPS = {"left": 0, "right": 2, "top": 0, "bottom": 2}


@dataclass(frozen=True)
class Fault:
    """One objection, with the sentence and the claim that it speaks against."""

    objection: Objection
    sentence: Claims
    claim: Thing | Colour | Spot | Told


def faults(text: str, read: Sequence[Claims], witness: Witness) -> list[Fault]:
    """Every claim of the text that the witness does not bear out, in order."""
    found: list[Fault] = []
    for sentence in read:
        for thing in sentence.things:
            found += [_fault(text, sentence, thing, code) for code in _of_thing(thing, sentence, witness)]
        not_there = [one.claim.phrase for one in found if isinstance(one.claim, Thing) and one.sentence is sentence]
        for colour in sentence.colours:
            if colour.phrase is None or colour.phrase not in not_there:
                found += [_fault(text, sentence, colour, code) for code in _of_colour(colour, sentence, witness)]
        for spot in sentence.spots:
            found += [_fault(text, sentence, spot, code) for code in _of_spot(spot, sentence, witness)]
        for told in sentence.told:
            found += [_fault(text, sentence, told, code) for code in _of_change(told, witness)]
    return found


def bears_out(witness: Witness, image: ImageNumber, word: str) -> bool:
    """Whether an image's changed pixels have a colour that the word may mean, or nothing is known of them."""
    shares = witness.colours(image)
    if not shares:
        return True
    return any(
        shares.get(term, 0.0) >= _BORNE_OUT or max((shares.get(kin, 0.0) for kin in _KIN.get(term, ())), default=0.0)
        >= _KIN_RULES
        for term in COLOURS[word]
    )  # fmt: skip


def _fault(text: str, sentence: Claims, claim: Thing | Colour | Spot | Told, code: str) -> Fault:
    match claim:
        case Thing():
            first, last = claim.phrase.head, claim.phrase.last
            if code == "text.wrong_count" and claim.phrase.count is not None:
                first = claim.phrase.count.first
        case Colour():
            first = last = claim.index
        case Spot() | Told():
            first, last = claim.first, claim.last
    start, end = sentence.span(first, last)
    return Fault(Objection(code=code, text=text[start:end]), sentence, claim)


def _of_thing(thing: Thing, sentence: Claims, witness: Witness) -> Iterator[str]:
    noun = thing.phrase.noun
    if thing.anchor:
        if not any(_shown(witness, image, thing) or witness.elsewhere(image, noun) for image in IMAGES):
            yield "text.unsupported"
        return
    if not any(_shown(witness, image, thing) for image in thing.sides):
        if any(_shown(witness, image, thing) for image in IMAGES):
            yield "text.wrong_image"
        elif any(witness.elsewhere(image, noun) for image in IMAGES):
            if not _only_setting(thing, sentence, witness):
                yield "text.outside"
        else:
            yield "text.unsupported"
        return
    if thing.absent is not None and _shown(witness, thing.absent, thing):
        yield "text.unsupported"
    if not _count_holds(thing, sentence, witness):
        yield "text.wrong_count"


def _shown(witness: Witness, image: ImageNumber, thing: Thing) -> bool:
    """Whether an image shows the thing by its noun, or by the class's name that the noun ends."""
    name = thing.phrase.name
    return witness.shows(image, thing.phrase.noun) or (name is not None and witness.shows(image, name))


def _only_setting(thing: Thing, sentence: Claims, witness: Witness) -> bool:
    """Whether nothing is told of it but that it is there, in a sentence about what is in the box: `the table has`."""
    clause = next(one for one in sentence.clauses if one.holds(thing.phrase.head))
    told = clause.event is not None or thing.phrase.determiner != "the"
    others = [one.phrase for one in sentence.things if one.phrase != thing.phrase]
    return not told and any(witness.shows(image, one.noun) for one in others for image in IMAGES)


def _count_holds(thing: Thing, sentence: Claims, witness: Witness) -> bool:
    said = thing.phrase.count
    if said is None:
        return True
    counted = [witness.count(image, thing.phrase.noun) for image in IMAGES]
    of_side = [counted[image - 1] for image in thing.sides]
    known = [number for number in of_side if number is not None]
    if len(known) < len(of_side):
        return True
    before, after = counted
    if before is not None and after is not None and any(told.change in _OPPOSITE for told in sentence.told):
        known.append(abs(after - before))  # how many came or went
    return any(number == said.number if said.exact else number >= said.number for number in known)


def _of_colour(colour: Colour, sentence: Claims, witness: Witness) -> Iterator[str]:
    word = sentence.tokens[colour.index].low
    phrase = colour.phrase
    if phrase is not None and phrase.name is not None and colour.index >= phrase.name_first:
        name = phrase.name
        if any(witness.shows(image, name) for image in colour.sides):
            return  # the colour of its name is not the colour of its pixels
    if any(bears_out(witness, image, word) for image in colour.sides):
        if _same_twice(colour, sentence):
            yield "text.wrong_colour"
        return
    swapped = len(colour.sides) == 1 and colour.phrase is None and bears_out(witness, other(colour.sides[0]), word)
    yield "text.wrong_image" if swapped else "text.wrong_colour"


def _same_twice(colour: Colour, sentence: Claims) -> bool:
    """Whether a thing is said to have turned from a colour into the same."""
    word = sentence.tokens[colour.index].low
    one_thing = len({thing.phrase.noun for thing in sentence.things if not thing.anchor}) <= 1
    others = [one for one in sentence.colours if sentence.tokens[one.index].low == word and len(one.sides) == 1]
    opposite = any(one.sides != colour.sides for one in others)
    return colour.phrase is None and len(colour.sides) == 1 and one_thing and opposite


def _of_spot(spot: Spot, sentence: Claims, witness: Witness) -> Iterator[str]:
    here, there = witness.places(), witness.destination()
    moves = there is not None or any(told.change is Change.MOVED for told in sentence.told)
    if not here:
        return
    if moves and spot.role == "to":
        if there is not None and not (_lies(spot.words, there) or _leads(spot.words, here, there)):
            yield "text.wrong_place"
        return
    if not (_lies(spot.words, here) or (moves and spot.role == "here" and there and _lies(spot.words, there))):
        yield "text.wrong_place"


def _lies(words: frozenset[str], places: frozenset[str]) -> bool:
    """Whether all words are true; `corner` needs both axes, `centre` beside another word says only its other axis."""
    if "corner" in words and not (places & {"left", "right"} and places & {"top", "bottom"}):
        return False
    directions = words - {"corner", "centre"}
    return directions <= places if directions else words <= places | {"corner"}


def _leads(words: frozenset[str], here: frozenset[str], there: frozenset[str]) -> bool:
    """Whether it moved that way: `moved to the right` is true also of what is still on the left of the picture."""
    directions = words - {"corner", "centre"}
    if not directions or "corner" in words:
        return False
    for word in directions:
        axis = {"left", "right"} if word in {"left", "right"} else {"top", "bottom"}
        steps = [sum(_STEPS[one] - 1 for one in places & axis) for places in (here, there)]
        way = steps[1] - steps[0]
        if (way if word in {"right", "bottom"} else -way) <= 0:
            return False
    return True


def _of_change(told: Told, witness: Witness) -> Iterator[str]:
    allowed = witness.changes()
    if not allowed or told.change is Change.CHANGED or told.change in allowed:
        return
    if any(told.change in _ALLOWED.get(change, ()) for change in allowed):
        return
    yield "text.wrong_image" if _OPPOSITE.get(told.change) in allowed else "text.unsupported"
