"""The ten records of the sample: the same for the same records, and spread over what there is to see."""

import hashlib
from collections.abc import Sequence

from gateway.exports.splits import scene_of
from imgdiff.records import Change, Record, Verdict

SIZE = 10  # records; chosen: as many as one looks at
_KINDS: tuple[str, ...] = (*Change, "whole", *(verdict for verdict in Verdict if verdict is not Verdict.DIFFERENT))
"""What a record may show: a change of one region, of the pair as a whole, or no difference, by verdict."""


class Sampler:
    """Keeps, of every kind, a few records of different scenes and a few of any; at most two hundred are in memory."""

    def __init__(self) -> None:
        self._scenes = {kind: _Smallest() for kind in _KINDS}
        self._any = {kind: _Smallest() for kind in _KINDS}

    def add(self, record: Record) -> None:
        """Look at one record."""
        number = int.from_bytes(hashlib.sha256(f"sample {record.id}".encode()).digest()[:8])
        for kind in _find_kinds(record):
            self._scenes[kind].add(scene_of(record), number, record)
            self._any[kind].add(record.id, number, record)

    def choose(self) -> list[Record]:
        """One record of each kind in turn; scenes are shown again when no other one is left, and no record is."""
        chosen: dict[str, Record] = {}
        for kept, by_scene in ((self._scenes, True), (self._any, False)):
            queues = [smallest.records() for smallest in kept.values()]
            while len(chosen) < SIZE and _take_turns(queues, chosen, by_scene=by_scene):
                pass
        return list(chosen.values())


class _Smallest:
    """The records with the smallest numbers, one of each key."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Record]] = {}
        self._limit = 2**64

    def add(self, key: str, number: int, record: Record) -> None:
        if number >= self._limit or (key in self._kept and self._kept[key][0] <= number):
            return
        self._kept[key] = (number, record)
        if len(self._kept) > SIZE:
            del self._kept[max(self._kept, key=lambda one: self._kept[one][0])]
        if len(self._kept) == SIZE:
            self._limit = max(number for number, _ in self._kept.values())

    def records(self) -> list[Record]:
        return [record for _, record in sorted(self._kept.values(), key=lambda entry: entry[0])]


def _find_kinds(record: Record) -> set[str]:
    if record.verdict is not Verdict.DIFFERENT:
        return {record.verdict}
    return {region.change for region in record.regions if region.kept} or {"whole"}


def _take_turns(queues: Sequence[Sequence[Record]], chosen: dict[str, Record], *, by_scene: bool) -> bool:
    """Take the next record of every queue, with `by_scene` none of a scene that was taken; whether there was one."""
    before = len(chosen)
    scenes = {scene_of(record) for record in chosen.values()} if by_scene else set()
    for queue in queues:
        record = next((one for one in queue if one.id not in chosen and scene_of(one) not in scenes), None)
        if record is not None and len(chosen) < SIZE:
            chosen[record.id] = record
            scenes |= {scene_of(record)} if by_scene else set()
    return len(chosen) > before
