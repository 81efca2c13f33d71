"""Every try of a request, in an order drawn from its seed."""

import random
from collections.abc import Sequence

from imgdiff.records import Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.operations import copy_paste as donating
from services.editing.operations import move as moving
from services.editing.operations import recolour as recolouring
from services.editing.operations import recount as recounting
from services.editing.operations import remove as removing
from services.editing.operations.edit import NO_DONOR, Try
from services.editing.photo.labels import label_of
from services.editing.photo.scene import Scene
from services.english.colours import basic_term

NO_TARGET = Reason(code="edit.target_not_found")


def tries(request: EditingRequest, scene: Scene, donors: Sequence[Scene]) -> list[Try] | Reason:
    """All of them in the order drawn, or why there is none."""
    found = scene.image_too_small() or _found(request, scene, donors)
    return found if isinstance(found, Reason) else drawn(found, request)


def drawn(found: Sequence[Try], request: EditingRequest) -> list[Try]:
    """Tries in an order drawn by their weights with the seed (Efraimidis and Spirakis, 2006)."""
    drawing = random.Random(request.seed)  # noqa: S311  a choice, no secret
    return sorted(found, key=lambda one: drawing.expovariate(one.weight))


def _found(request: EditingRequest, scene: Scene, donors: Sequence[Scene]) -> list[Try] | Reason:
    if request.operation is Operation.ADD:
        given = [(donor, _fitting(request, scene, donor)) for donor in donors]
        return [one for donor, numbers in given for one in donating.adding(scene, donor, numbers)] or NO_DONOR
    return _of(request, scene, donors, targets) if (targets := named(request.target, scene)) else NO_TARGET


def _of(request: EditingRequest, scene: Scene, donors: Sequence[Scene], targets: Sequence[int]) -> list[Try] | Reason:
    match request.operation:
        case Operation.REMOVE:
            return removing.tries(scene, targets)
        case Operation.MOVE:
            return moving.tries(scene, targets)
        case Operation.RECOUNT:
            return recounting.tries(scene, targets)
        case Operation.RECOLOUR:
            colour = basic_term(request.replacement) if request.replacement else None
            return recolouring.tries(scene, targets, colour, named=request.target is not None) or NO_TARGET
        case _:
            return [one for donor in donors for one in _replacing(request, scene, targets, donor)] or NO_DONOR


def _replacing(request: EditingRequest, scene: Scene, targets: Sequence[int], donor: Scene) -> list[Try]:
    given = _given(request, donor)
    if request.replacement is not None:
        return donating.replacing(scene, targets, donor, given)
    found: list[Try] = []
    for target in targets:
        label = scene.objects[target].label
        labels = {number: donor.objects[number].label for number in given}
        others = [number for number in given if labels[number] != label and donating.comparable(labels[number], label)]
        found.extend(donating.replacing(scene, [target], donor, others))
    return found


def _fitting(request: EditingRequest, scene: Scene, donor: Scene) -> list[int]:
    """What was named, or else what belongs into the photo."""
    given = _given(request, donor)
    if request.replacement is not None:
        return given
    return [number for number in given if donating.belongs(donor.objects[number].label, scene)]


def _given(request: EditingRequest, donor: Scene) -> list[int]:
    return donating.givable(donor, named(request.replacement, donor))


def named(noun: str | None, scene: Scene) -> list[int]:
    """The objects that a noun means, or all without one; none for what the detector has no label for."""
    if noun is None:
        return scene.targets(None)
    label = label_of(noun, scene.sight.labels)
    return [] if label is None else scene.targets(label)
