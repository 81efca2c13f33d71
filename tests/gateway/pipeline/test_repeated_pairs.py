"""Scenes and repeated pairs, from the images that are sent to the records that are kept."""

import pytest

from imgdiff.errors import Conflict
from imgdiff.images import encode_png
from imgdiff.jobs import JobState
from tests.gateway.store.scenes.pictures import copy_as_jpeg, cover, draw_photo


def test_copies_of_a_photo_in_swapped_pairs_of_two_datasets_share_a_scene(stage) -> None:
    before, after = draw_photo(1), draw_photo(2)
    copies = encode_png(copy_as_jpeg(before)), encode_png(copy_as_jpeg(after, 60, 0.5))
    pairs = {"mine": (encode_png(before), encode_png(after)), "other": copies[::-1]}

    jobs = [stage.client.submit(*images, dataset=name) for name, images in pairs.items()]
    first, second = (stage.client.wait(job.id, wait_seconds=120).records[0] for job in jobs)

    assert first.scene == second.scene
    assert first.scene in {first.image1.asset, second.image1.asset}


def test_a_pair_that_is_sent_again_has_no_second_record_under_curate(stage) -> None:
    before, after = draw_photo(3), cover(draw_photo(3), (4, 4, 20, 20))
    pair = encode_png(before), encode_png(after)

    first = stage.client.compare(*pair, policy="curate")
    copies = [stage.client.submit(*images, policy="curate") for images in (pair, pair[::-1])]
    elsewhere = stage.client.compare(*pair, policy="curate", dataset="other")
    described = stage.client.compare(*pair, policy="describe")
    let_pass = stage.client.compare(*pair, policy="curate", dataset="other", thresholds={"record.duplicate": 1})

    for copy in copies:
        job = stage.client.wait(copy.id, wait_seconds=120)
        (rejected,) = job.rejected
        assert (job.state, job.records) == (JobState.SUCCEEDED, ())
        assert [(one.code, one.value, one.record) for one in rejected.reasons] == [("record.duplicate", 1.0, first.id)]
    with pytest.raises(Conflict, match=first.id):
        stage.client.compare(*pair, policy="curate")
    assert elsewhere.reasons == let_pass.reasons == ()
    assert [(reason.code, reason.record) for reason in described.reasons] == [("record.duplicate", first.id)]
    assert stage.client.funnel("default").steps[-1].pairs.dropped == {"record.duplicate": 3}


def test_of_copies_that_arrive_together_one_becomes_a_record(stage) -> None:
    before, after = draw_photo(3), cover(draw_photo(3), (4, 4, 20, 20))
    sent = [stage.client.submit(encode_png(before), encode_png(after), policy="curate") for _ in range(6)]

    jobs = [stage.client.wait(job.id, wait_seconds=120) for job in sent]

    (record,) = [record for job in jobs for record in job.records]
    assert {reason.record for job in jobs for one in job.rejected for reason in one.reasons} == {record.id}
    assert len(list(stage.client.records("default"))) == 1
