"""Objections: which claims the evidence does not support."""

from collections.abc import Iterable, Iterator

from imgdiff.evidence import ImageNumber, Objection
from imgdiff.records import Change
from services.captioning.limits import COLOUR_SUPPORTED, SIMILAR_COLOUR_RULES
from services.captioning.observation.evidence_source import IMAGES, EvidenceSource, other
from services.captioning.verification.claims import Claims, Colour, Event, Place, QuotedText, Thing
from services.english.colours import terms_of

# Colours that light turns into one another.
_SIMILAR = {
    "grey": ("white", "black"),
    "white": ("grey",),
    "black": ("grey",),
    "brown": ("orange",),
    "orange": ("brown",),
}
# What else a kind of change may rightly be called.
_ALLOWED = {
    Change.REPLACED: frozenset({Change.REMOVED, Change.ADDED}),
    Change.MOVED: frozenset({Change.REMOVED, Change.ADDED}),
}
_OPPOSITE = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
_STEPS = {"left": -1, "right": 1, "top": -1, "bottom": 1}


def find_objections(claims: Iterable[Claims], evidence: EvidenceSource) -> tuple[Objection, ...]:
    """One objection for every claim that the evidence does not support, in order and without repeats."""
    found = [one for sentence in claims for one in _object(sentence, evidence)]
    return tuple(dict.fromkeys(Objection(code=code, text=text) for code, text in found))


def _object(sentence: Claims, evidence: EvidenceSource) -> Iterator[tuple[str, str]]:
    """Code and quote of every objection to one sentence."""
    wrong: set[int] = set()
    for thing in sentence.things:
        for code in _of_thing(thing, sentence, evidence):
            wrong.add(thing.key)
            counted = code == "text.wrong_count" and thing.number is not None
            yield code, thing.number.text if counted and thing.number else thing.text
    for colour in sentence.colours:
        if colour.of not in wrong:
            yield from ((code, colour.text) for code in _of_colour(colour, sentence, evidence))
    for place in sentence.places:
        yield from ((code, place.text) for code in _of_place(place, sentence, evidence))
    for quoted in sentence.texts:
        yield from ((code, quoted.text) for code in _of_text(quoted, evidence))
    for event in sentence.events:
        yield from ((code, event.text) for code in _of_event(event, evidence))


def _of_thing(thing: Thing, sentence: Claims, evidence: EvidenceSource) -> Iterator[str]:
    if thing.anchor:
        if not any(_is_shown(evidence, image, thing) or evidence.elsewhere(image, thing.noun) for image in IMAGES):
            yield "text.unsupported"
        return
    if not any(_is_shown(evidence, image, thing) for image in thing.sides):
        if any(_is_shown(evidence, image, thing) for image in IMAGES):
            yield "text.wrong_image"
        elif any(evidence.elsewhere(image, thing.noun) for image in IMAGES):
            if not _is_setting(thing, sentence, evidence):
                yield "text.outside"
        else:
            yield "text.unsupported"
        return
    if thing.absent is not None and not evidence.lacks(thing.absent, thing.noun):
        yield "text.in_both_images"
    if not _number_holds(thing, sentence, evidence):
        yield "text.wrong_count"


def _is_shown(evidence: EvidenceSource, image: ImageNumber, thing: Thing) -> bool:
    """Whether an image shows the thing by its noun, or by the class name that the noun ends."""
    return evidence.shows(image, thing.noun) or (thing.name is not None and evidence.shows(image, thing.name))


def _is_setting(thing: Thing, sentence: Claims, evidence: EvidenceSource) -> bool:
    """Whether it is only where something in the box is: `the table has a cup`."""
    others = [one.noun for one in sentence.things if one.key != thing.key]
    return thing.setting and any(evidence.shows(image, noun) for noun in others for image in IMAGES)


def _number_holds(thing: Thing, sentence: Claims, evidence: EvidenceSource) -> bool:
    number = thing.number
    if number is None:
        return True
    before, after = (evidence.count(image, thing.noun) for image in IMAGES)
    known = [count for image, count in ((1, before), (2, after)) if image in thing.sides and count is not None]
    if len(known) < len(thing.sides):
        return True
    if before is not None and after is not None and any(event.change in _OPPOSITE for event in sentence.events):
        known.append(abs(after - before))  # how many came or went
    return any(count == number.value if number.exact else count >= number.value for count in known)


def _of_colour(colour: Colour, sentence: Claims, evidence: EvidenceSource) -> Iterator[str]:
    name = colour.name
    if name is not None and any(evidence.shows(image, name) for image in colour.sides):
        return  # part of a class name: no claim about pixels
    if any(_has_colour(evidence, image, colour.word) for image in colour.sides):
        if _same_twice(colour, sentence):
            yield "text.wrong_colour"
        return
    one_side = len(colour.sides) == 1 and colour.of is None
    swapped = one_side and _has_colour(evidence, other(colour.sides[0]), colour.word)
    yield "text.wrong_image" if swapped else "text.wrong_colour"


def _has_colour(evidence: EvidenceSource, image: ImageNumber, word: str) -> bool:
    """Whether the image's changed pixels have a colour that the word may mean; true where nothing is known of them."""
    shares = evidence.colours(image)
    return not shares or any(
        shares.get(term, 0.0) >= COLOUR_SUPPORTED
        or any(shares.get(similar, 0.0) >= SIMILAR_COLOUR_RULES for similar in _SIMILAR.get(term, ()))
        for term in terms_of(word)
    )


def _same_twice(colour: Colour, sentence: Claims) -> bool:
    """Whether a thing is claimed to have turned from a colour into the same one."""
    one_thing = len({thing.noun for thing in sentence.things if not thing.anchor}) <= 1
    others = [one for one in sentence.colours if one.word == colour.word and len(one.sides) == 1]
    opposite = any(one.sides != colour.sides for one in others)
    return colour.of is None and len(colour.sides) == 1 and one_thing and opposite


def _of_place(place: Place, sentence: Claims, evidence: EvidenceSource) -> Iterator[str]:
    here, there = evidence.places(), evidence.destination()
    moves = there is not None or any(event.change is Change.MOVED for event in sentence.events)
    if not here:
        return
    if moves and place.role == "to":
        if there is not None and not (_is_at(place.words, there) or _leads_to(place.words, here, there)):
            yield "text.wrong_place"
        return
    if not (_is_at(place.words, here) or (moves and place.role == "here" and there and _is_at(place.words, there))):
        yield "text.wrong_place"


def _is_at(words: frozenset[str], places: frozenset[str]) -> bool:
    """Whether all words are true. `corner` needs both axes; `centre` beside another word means the other axis only."""
    if "corner" in words and not (places & {"left", "right"} and places & {"top", "bottom"}):
        return False
    directions = words - {"corner", "centre"}
    return directions <= places if directions else words <= places | {"corner"}


def _leads_to(words: frozenset[str], here: frozenset[str], there: frozenset[str]) -> bool:
    """Whether it moved that way: `to the right` is also true of what is still on the left of the picture."""
    directions = words - {"corner", "centre"}
    if not directions or "corner" in words:
        return False
    for word in directions:
        axis = {"left", "right"} if word in {"left", "right"} else {"top", "bottom"}
        before, after = (sum(_STEPS[one] for one in places & axis) for places in (here, there))
        if (after - before) * _STEPS[word] <= 0:
            return False
    return True


def _of_text(quoted: QuotedText, evidence: EvidenceSource) -> Iterator[str]:
    if not any(evidence.reads(image, quoted.text) for image in quoted.sides):
        swapped = any(evidence.reads(image, quoted.text) for image in IMAGES)
        yield "text.wrong_image" if swapped else "text.unsupported"


def _of_event(event: Event, evidence: EvidenceSource) -> Iterator[str]:
    allowed = evidence.changes()
    if not allowed or event.change is Change.CHANGED or event.change in allowed:
        return
    if any(event.change in _ALLOWED.get(change, ()) for change in allowed):
        return
    yield "text.wrong_image" if _OPPOSITE.get(event.change) in allowed else "text.unsupported"
