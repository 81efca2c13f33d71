"""Donors are objects of the library and photos of the dataset, whose records are not read to draw them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from gateway.pipeline.donors import draw_donors
from gateway.store import assets, datasets
from gateway.store.database import Database, Session
from gateway.store.library import donors
from gateway.store.tables import AssetRow, JobRow, PairRow, RecordRow
from gateway.store.values import JobRequest
from imgdiff.datasets import Donor
from imgdiff.jobs import JobKind
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation

_PHOTOS = [f"sha256:{number:064x}" for number in range(13)]


def _records(database: Database, dataset: str, photos: list[str]) -> None:
    """A job of as many pairs as photos, each with its record."""
    now, job = datetime.now(UTC), f"job_{dataset}"
    with database.writing() as session:
        datasets.ensure(session, dataset)
        session.add(JobRow(id=job, kind="synthesis", state="succeeded", dataset=dataset, request={}, created_at=now))
        for photo in photos:
            if session.get(AssetRow, photo) is None:
                asset = {"width": 9, "height": 9, "media_type": "image/png", "size": 1, "created_at": now}
                session.add(AssetRow(id=photo, **asset))
        session.flush()
        for pair, photo in enumerate(photos):
            session.add(PairRow(job_id=job, pair=pair, image1=photo, round=0))
            session.add(
                RecordRow(
                    id=f"rec_{dataset}_{pair}",
                    job_id=job,
                    pair=pair,
                    dataset=dataset,
                    verdict="different",
                    created_at=now,
                    document="{}",
                )
            )


def _request(dataset: str) -> JobRequest:
    fields = SynthesisFields(operation=Operation.ADD, seed=3)
    return JobRequest(kind=JobKind.SYNTHESIS, options=Options(dataset=dataset), image=_PHOTOS[0], fields=fields)


def test_donors_are_other_photos_of_the_dataset_and_depend_on_the_seed_only(database: Database) -> None:
    _records(database, "mine", _PHOTOS[:4] + _PHOTOS[:2])
    _records(database, "other", _PHOTOS[4:])

    with database.reading() as session:
        first, again = draw_donors(session, _request("mine")), draw_donors(session, _request("mine"))

    assert {donor.asset for donor in first.donors} == set(_PHOTOS[1:4])
    assert first == again
    assert first.drawn_donors


def test_no_record_is_read_to_draw_donors(database: Database) -> None:
    _records(database, "mine", _PHOTOS)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    with database.reading() as session:
        assert len(draw_donors(session, _request("mine")).donors) == 10

    assert [statement for statement in statements if "records.document" in statement] == []
    assert any("FROM pairs" in statement for statement in statements)


def _add(session: Session, number: int, label: str = "cup", **more: Any) -> Donor:
    """A donor of the photo with that number."""
    photo, view = _PHOTOS[number], {"aspect": 1.0, "cut_off": False, "parts": 1, "occluded": None}
    document = {
        "id": f"don_{number:02x}{'0' * 30}",
        "asset": photo,
        "label": label,
        "category": "kitchen",
        "box": [0, 0, 40, 40],
        "pixels": 1600,
        "share": 0.1,
        "source": "a drawing",
        "licence": "CC0-1.0",
        "created_at": datetime.now(UTC),
        "view": view,
    }
    donor = Donor.model_validate({**document, **more})
    if session.get(AssetRow, photo) is None:
        assets.add(session, photo, 200, 100, 1, lightness=float(number))
    donors.add(session, donor)
    return donor


def _asking(**fields: Any) -> JobRequest:
    settled = SynthesisFields(**{"operation": Operation.REPLACE, "seed": 3, **fields})
    return JobRequest(kind=JobKind.SYNTHESIS, options=Options(dataset="mine"), image=_PHOTOS[0], fields=settled)


def _draw(database: Database, **fields: Any) -> list[DonorObject]:
    with database.reading() as session:
        return list(draw_donors(session, _asking(**fields)).donors)


def test_a_replacement_is_drawn_from_the_library_by_its_label(database: Database) -> None:
    with database.writing() as session:
        cups = [_add(session, number, "cup") for number in range(1, 10)]
        _add(session, 10, "dog")
        _add(session, 0, "cup")  # of the photo that is edited
    first, again = _draw(database, replacement="cups"), _draw(database, replacement="cups")

    assert first == again
    assert len(first) == 6
    assert first[0] in [cup.as_object() for cup in cups]
    assert {donor.label for donor in first} == {"cup"}
    assert _PHOTOS[0] not in {donor.asset for donor in first}
    assert _draw(database, replacement="cups", seed=4) != first
    assert len(_draw(database, replacement="cups", count=9)) == 9


def test_without_a_replacement_another_label_of_the_targets_category_is_drawn(database: Database) -> None:
    with database.writing() as session:
        for number, label in enumerate(("cup", "bowl", "bowl", "bowl", "fork"), start=1):
            _add(session, number, label)
        _add(session, 6, "dog", category="animal")
    replaced = [donor.label for donor in _draw(database, target="cup")]
    added = [donor.label for donor in _draw(database, operation=Operation.ADD)]

    assert sorted(str(label) for label in replaced) == ["bowl", "bowl", "fork"]
    assert sorted(str(label) for label in added) == ["bowl", "bowl", "bowl", "cup", "dog", "fork"]


def test_where_the_category_has_little_else_any_other_label_is_drawn(database: Database) -> None:
    with database.writing() as session:
        for number, label in enumerate(("dog", "dog", "cat", "cup", "bowl", "fork", "vase", "chair"), start=1):
            _add(session, number, label, category="animal" if label in {"dog", "cat"} else "kitchen")
    replaced = {donor.label for donor in _draw(database, target="dog")}

    assert replaced == {"cat", "cup", "bowl", "fork", "vase", "chair"}


def test_no_label_crowds_out_others_from_an_addition_and_the_rest_fill_it_up(database: Database) -> None:
    with database.writing() as session:
        for number in range(60):
            label = f"thing {number}" if number < 20 else "donut"
            _add(session, 1 + number % 12, label, id=f"don_{number:032x}")
    drawn = [donor.label for donor in _draw(database, operation=Operation.ADD)]

    assert len(set(drawn[:22])) == 21
    assert drawn[22:] == ["donut", "donut"]


def test_no_more_than_24_objects_of_any_label_are_sent(database: Database) -> None:
    with database.writing() as session:
        for number in range(40):
            _add(session, 1 + number % 12, f"thing {number}", id=f"don_{number:032x}")

    assert len(_draw(database, operation=Operation.ADD)) == 24


def test_licences_and_the_choice_of_a_source_are_kept(database: Database) -> None:
    _records(database, "mine", _PHOTOS[:5])
    with database.writing() as session:
        _add(session, 6, licence="CC-BY-2.0")
        _add(session, 7, licence="CC-BY-NC-2.0")
    photos = set(_PHOTOS[1:5])

    def drawn(**fields: Any) -> set[str | None]:
        return {donor.asset for donor in _draw(database, replacement="cup", **fields)}

    assert drawn() == {*_PHOTOS[6:8], *photos}  # two of the library are too few
    assert drawn(donors_from="library") == set(_PHOTOS[6:8])
    assert drawn(donors_from="dataset") == photos
    assert drawn(donor_licences=["CC-BY-2*"]) == {_PHOTOS[6]}
    assert drawn(donors_from="library", donor_licences=["CC0-1.0"]) == set()


def test_whole_donors_of_the_targets_size_shape_and_light_are_likelier(database: Database) -> None:
    with database.writing() as session:
        assets.add(session, _PHOTOS[0], 200, 100, 1, lightness=1.0)
        _add(session, 1)
        _add(session, 2, pixels=100)  # would be blown up
        _add(session, 3, view={"aspect": 9.0, "cut_off": False, "parts": 1, "occluded": None})
        _add(session, 4, view={"aspect": 1.0, "cut_off": False, "parts": 2, "occluded": True})
        _add(session, 5, view={"aspect": 1.0, "cut_off": True, "parts": 1, "occluded": None})
        assets.add(session, _PHOTOS[6], 200, 100, 1, lightness=90.0)
        _add(session, 6)
    orders = [
        [donor.asset for donor in _draw(database, replacement="cup", target_box=(0, 0, 40, 40), seed=seed)]
        for seed in range(200)
    ]
    firsts = Counter(order[0] for order in orders)

    assert all(_PHOTOS[5] not in order for order in orders)
    assert firsts[_PHOTOS[1]] > 100
    assert max(firsts[photo] for photo in (*_PHOTOS[2:5], _PHOTOS[6])) < 50


def test_a_synthesis_that_removes_draws_no_donor(database: Database) -> None:
    with database.writing() as session:
        _add(session, 1)

    assert _draw(database, operation=Operation.REMOVE) == []
