"""The sample is the same for the same records, and shows what there is to see."""

import pytest

from gateway.exports.companions.sampling import SIZE, Sampler
from imgdiff.records import Change, Record, RecordImage, Verdict


def _make(record: Record, number: int, verdict: Verdict, *changes: Change, scene: int | None = None) -> Record:
    regions = tuple(record.regions[0].model_copy(update={"change": change}) for change in changes)
    image = RecordImage(asset=f"sha256:{number if scene is None else scene:064x}", width=640, height=480)
    update = {"id": f"rec_{number:032x}", "verdict": verdict, "regions": regions, "image1": image}
    return record.model_copy(update=update)


def _choose(records: list[Record]) -> list[str]:
    sampler = Sampler()
    for record in records:
        sampler.add(record)
    return [record.id for record in sampler.choose()]


@pytest.fixture
def many(record: Record) -> list[Record]:
    """A thousand removals, and one record of every other kind."""
    removed = [_make(record, number, Verdict.DIFFERENT, Change.REMOVED) for number in range(1000)]
    others = [_make(record, 2000 + at, Verdict.DIFFERENT, change) for at, change in enumerate(Change)]
    rare = [Verdict.SAME, Verdict.UNRELATED, Verdict.UNDETERMINED]
    return [*removed, *others, *(_make(record, 3000 + at, verdict) for at, verdict in enumerate(rare))]


def test_it_has_every_kind_however_rare(many: list[Record]) -> None:
    chosen = set(_choose(many))

    assert len(chosen) == SIZE
    assert {
        record.id for record in many[1000:] if Change.REMOVED not in {one.change for one in record.regions}
    } <= chosen


def test_it_does_not_depend_on_the_order(many: list[Record]) -> None:
    assert _choose(many) == _choose(many[::-1])


def test_a_scene_is_shown_again_only_when_no_other_is_left(record: Record) -> None:
    one_scene = [_make(record, number, Verdict.DIFFERENT, Change.ADDED, scene=1) for number in range(20)]
    others = [_make(record, 100 + number, Verdict.DIFFERENT, Change.ADDED) for number in range(3)]
    chosen = _choose([*one_scene, *others])

    assert {other.id for other in others} < set(chosen[:4])
    assert len(set(chosen)) == SIZE


def test_a_record_of_several_kinds_is_shown_once(record: Record) -> None:
    assert len(_choose([_make(record, 1, Verdict.DIFFERENT, *Change)])) == 1


def test_a_difference_without_a_region_is_a_kind_of_its_own(record: Record) -> None:
    whole = _make(record, 1, Verdict.DIFFERENT)
    removed = [_make(record, 2 + number, Verdict.DIFFERENT, Change.REMOVED) for number in range(50)]

    assert whole.id in _choose([*removed, whole])
