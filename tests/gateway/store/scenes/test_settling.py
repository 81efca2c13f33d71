"""Which scene the images of a pair show."""

import threading

import numpy as np
import pytest
from sqlalchemy import text

from gateway.store import assets
from gateway.store.database import Database
from gateway.store.scenes.fingerprints import take_fingerprint
from gateway.store.scenes.settling import settle_ahead, settle_scene
from imgdiff.images import RGB
from imgdiff.records import AssetId
from tests.gateway.store.scenes.pictures import copy_as_jpeg, cover, crop, draw_photo


def _asset(number: int) -> AssetId:
    return f"sha256:{number:064x}"


def _keep(database: Database, number: int, image: RGB | None) -> AssetId:
    """Store the row of an image; without pixels, as an earlier version did."""
    fingerprint = None if image is None else take_fingerprint(image)
    with database.writing() as session:
        return assets.add(session, _asset(number), 320, 240, 1, fingerprint=fingerprint).id


def _settle(database: Database, image1: AssetId, image2: AssetId) -> AssetId:
    with database.writing() as session:
        return settle_scene(session, image1, image2)


def test_edits_and_copies_of_a_photo_are_one_scene(database: Database) -> None:
    photo = draw_photo(1)
    first = _keep(database, 1, photo)
    edit = _keep(database, 2, cover(photo, (100, 80, 140, 110)))
    copy = _keep(database, 3, copy_as_jpeg(photo))
    smaller = _keep(database, 4, copy_as_jpeg(crop(photo, 0.01), 60, 0.5))

    scenes = [_settle(database, *pair) for pair in ((first, edit), (copy, edit), (smaller, copy), (first, smaller))]

    assert scenes == [first] * 4


def test_different_photos_are_different_scenes(database: Database) -> None:
    photos = [_keep(database, number, draw_photo(number)) for number in range(8)]

    assert [_settle(database, photo, photo) for photo in photos] == photos


def test_swapped_sides_and_a_series_of_very_different_images_are_one_scene(database: Database) -> None:
    morning, noon, night = (_keep(database, number, draw_photo(number)) for number in range(3))

    assert _settle(database, morning, noon) == morning
    assert _settle(database, noon, morning) == morning
    assert _settle(database, noon, night) == morning
    assert _settle(database, night, night) == morning


def test_a_scene_stays_though_nearer_images_come_later(database: Database) -> None:
    photo = draw_photo(1)
    cropped, whole = _keep(database, 1, crop(photo, 0.01)), _keep(database, 2, photo)

    assert [_settle(database, one, one) for one in (cropped, whole, cropped, whole)] == [cropped] * 4


def test_images_of_an_earlier_version_stand_for_themselves(database: Database) -> None:
    old, new = _keep(database, 1, None), _keep(database, 2, draw_photo(1))

    assert _settle(database, old, old) == old
    assert _settle(database, old, new) == old
    assert _settle(database, new, new) == old


def test_a_copy_of_a_known_image_waits_for_no_other_scene(new_postgres: str) -> None:
    database, photo = Database(new_postgres), draw_photo(1)
    first, new = _keep(database, 1, photo), _keep(database, 2, draw_photo(2))
    copy = _keep(database, 3, copy_as_jpeg(photo))
    _settle(database, first, first)

    with database.writing() as session, database.writing() as other:
        settle_scene(session, new, new)
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert settle_scene(other, copy, copy) == first
    database.close()


@pytest.mark.parametrize("attempt", range(3))
def test_copies_that_arrive_at_the_same_moment_are_one_scene(database: Database, attempt: int) -> None:
    photo = draw_photo(attempt)
    rng = np.random.default_rng(attempt)
    copies = [_keep(database, number, copy_as_jpeg(photo, int(rng.integers(30, 90)))) for number in range(8)]
    together, scenes = threading.Barrier(len(copies)), []

    def settle(asset: AssetId) -> None:
        together.wait()
        scenes.append(_settle(database, asset, asset))

    threads = [threading.Thread(target=settle, args=(asset,)) for asset in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(scenes) == len(copies)
    assert len(set(scenes)) == 1


def test_a_pair_whose_scene_was_settled_ahead_waits_for_no_other_pair(database: Database) -> None:
    morning, noon, other = (_keep(database, number, draw_photo(number)) for number in range(3))
    settle_ahead(database, morning, noon)
    if database.is_sqlite:  # one writer at a time there: it waits anyway, and has nothing to store ahead
        assert _settle(database, noon, morning) == noon
        return

    with database.writing() as long, database.writing() as session:
        settle_scene(long, other, other)  # holds the lock of all who store a scene
        session.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert settle_scene(session, noon, morning) == morning
