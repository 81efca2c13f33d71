"""Jobs from their request to their records, through real processes."""

import httpx_sse
import numpy as np
import pytest

from gateway.store.database import Database
from gateway.store.tables import JobRow
from gateway.store.values import JobRequest
from imgdiff.errors import InvalidRequest
from imgdiff.images import encode_png
from imgdiff.jobs import JobState, StageState
from imgdiff.options import DonorRef
from imgdiff.records import Change, Verdict


def test_a_pair_becomes_a_record_and_its_events_show_the_way(stage, png: bytes) -> None:
    seen = []

    job = stage.client.wait(
        stage.client.submit(png, png, metadata={"mine": 1}).id, wait_seconds=120, on_event=seen.append
    )

    (record,) = job.records
    assert job.state is JobState.SUCCEEDED
    assert job.progress == 1.0
    assert [(status.name, status.state, status.attempts) for status in job.stages] == [
        ("detection", StageState.SUCCEEDED, 1),
        ("captioning", StageState.SUCCEEDED, 1),
    ]
    assert record.verdict is Verdict.DIFFERENT
    assert record.caption == "The cup is gone."
    assert [(region.box, region.change, region.label1) for region in record.regions] == [
        ((4, 4, 20, 20), Change.REMOVED, "cup")
    ]
    assert (record.confidence, [region.confidence for region in record.regions]) == (0.9, [0.8])
    assert record.metadata == {"mine": 1}
    assert record.provenance.parameters["thresholds"] == {"region.no_evidence": 0.1}
    assert set(record.provenance.seconds) == {"detection", "captioning"}
    assert stage.client.record(record.id) == record
    assert [event.job.state for event in seen] == ["queued", "running", "running", "running", "succeeded"]
    assert [event.job.progress for event in seen] == [0.0, 0.0, 0.5, 0.5, 1.0]


def test_what_detection_linked_reaches_captioning_and_the_record(stage, png: bytes) -> None:
    stage.script("detection", moved_to=[24, 4, 40, 20])

    (record,) = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120).records

    assert [(region.change, region.moved_to) for region in record.regions] == [(Change.MOVED, (24, 4, 40, 20))]


def test_a_client_may_wait_for_the_answer(stage, png: bytes) -> None:
    files = {"image1": png, "image2": png}

    answer = stage.http.post("/v1/difference-captions", files=files, headers={"Prefer": "wait=20"})

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.json()["records"][0]["caption"] == "The cup is gone."
    assert "Retry-After" not in stage.http.get(answer.json()["links"]["self"]).headers


def test_a_wait_that_is_too_short_answers_202_with_the_location(stage, png: bytes) -> None:
    stage.script("detection", seconds=60)
    files = {"image1": png, "image2": png}

    answer = stage.http.post("/v1/difference-captions", files=files, headers={"Prefer": "wait=1"})
    stage.until(lambda: stage.done("detection", "begun") == 1)

    assert answer.status_code == 202
    job = stage.http.get(answer.headers["Location"])
    assert job.json()["state"] == "running"
    assert int(job.headers["Retry-After"]) >= 1
    tag = {"If-None-Match": job.headers["ETag"]}
    assert stage.http.get(answer.headers["Location"], headers=tag).status_code == 304


def test_the_same_key_creates_one_job(stage, png: bytes) -> None:
    files, key = {"image1": png, "image2": png}, {"Idempotency-Key": "once"}

    first = stage.http.post("/v1/difference-captions", files=files, headers=key)
    again = stage.http.post("/v1/difference-captions", files=files, headers=key)
    other = stage.http.post("/v1/difference-captions", files=files, headers=key, data={"options": '{"align": false}'})

    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    assert len(stage.http.get("/v1/jobs").json()["jobs"]) == 1


def test_a_synthesis_ends_in_records_and_counted_reasons(stage, png: bytes) -> None:
    stage.script("editing", refuse=[1])

    job = stage.client.wait(
        stage.client.submit_synthesis("remove", png, count=3, seed=40, dataset="made").id, wait_seconds=120
    )

    assert [(one.source.edit.seed, one.source.edit.index) for one in job.records] == [(40, 0), (40, 2)]
    assert [(pair.index, pair.reasons[0].code) for pair in job.rejected] == [(1, "edit.target_not_found")]
    assert [(status.name, status.state, status.attempts) for status in job.stages] == [
        ("editing", "succeeded", 3),
        ("detection", "succeeded", 2),
        ("captioning", "succeeded", 2),
    ]
    assert {record.provenance.policy for record in job.records} == {"curate"}
    assert set(job.records[0].provenance.seconds) == {"editing", "detection", "captioning"}
    assert sorted(record.id for record in stage.client.records("made")) == sorted(record.id for record in job.records)
    assert stage.client.preview(job.records[0].id).startswith(b"\x89PNG")


def test_an_edited_pair_without_a_difference_is_rejected_under_curate_and_kept_under_describe(
    stage, png: bytes
) -> None:
    stage.script("detection", same=True)

    curated = stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)
    described = stage.client.wait(stage.client.submit_synthesis("remove", png, policy="describe").id, wait_seconds=120)

    assert curated.state is JobState.SUCCEEDED
    assert curated.records == ()
    assert [reason.code for reason in curated.rejected[0].reasons] == ["pair.no_evidence"]
    assert described.records[0].verdict is Verdict.SAME


def test_an_edited_pair_that_a_pair_gate_rejects_is_rejected_under_curate(stage, png: bytes) -> None:
    stage.script("detection", against=["pair.too_similar"])

    curated = stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)
    own = stage.client.compare(png, png, policy="curate", wait_seconds=120)

    assert [reason.code for reason in curated.rejected[0].reasons] == ["pair.too_similar"]
    assert [reason.code for reason in own.reasons] == ["pair.too_similar"]


def test_a_rejected_pair_is_edited_again_in_another_round(stage, png: bytes) -> None:
    stage.script("editing", psnr={"0": 20.0})

    job = stage.client.wait(stage.client.submit_synthesis("remove", png, seed=3, count=2).id, wait_seconds=120)

    assert [(one.source.edit.index, one.source.edit.round) for one in job.records] == [(0, 1), (1, 1)]
    assert job.rejected == ()
    assert [(status.name, status.attempts) for status in job.stages] == [
        ("editing", 4),
        ("detection", 4),
        ("captioning", 2),
    ]
    progress = [event.job.progress for event in stage.client.events(job.id)]
    assert progress == sorted(progress)


def test_a_measured_edit_supersedes_the_gates_on_whole_images(stage, png: bytes) -> None:
    stage.script("detection", against=["pair.too_similar"])
    stage.script("editing", psnr={"0": 99.0})

    job = stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)

    assert [reason.code for reason in job.records[0].reasons] == ["pair.too_similar"]


def test_a_pair_that_is_never_accepted_is_reported_with_every_reason(stage, png: bytes) -> None:
    stage.script("editing", unconfirmed_rounds=2, psnr={"2": 20.0})

    job = stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)

    assert job.records == ()
    assert [(reason.code, reason.value) for reason in job.rejected[0].reasons] == [
        ("edit.not_confirmed", 0.0),
        ("edit.not_confirmed", 0.1),
        ("edit.outside_changed", 20.0),
    ]


def test_a_caption_that_states_the_opposite_rejects_the_pair(stage, png: bytes) -> None:
    stage.script("captioning", change="added")

    job = stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)

    assert [reason.code for reason in job.rejected[0].reasons] == ["edit.contradicted"]


def test_under_describe_gates_on_an_edit_only_report(stage, png: bytes) -> None:
    stage.script("editing", psnr={"0": 20.0})

    job = stage.client.wait(stage.client.submit_synthesis("remove", png, policy="describe").id, wait_seconds=120)

    scores = job.records[0].source.edit.scores
    assert (scores.outside_psnr, scores.found, scores.elsewhere) == (20.0, 1.0, 0)


def test_a_removal_carries_a_question_with_its_right_answer(stage, png: bytes) -> None:
    job = stage.client.wait(stage.client.submit_synthesis("remove", png, count=8, seed=1).id, wait_seconds=120)

    questions = [record.question for record in job.records]
    asked = 'Inside the red box, which image has the object described as "cup"?'
    assert {question.text for question in questions} == {asked}
    assert {question.left for question in questions} == {"image1", "image2"}
    assert all((question.left == "image1") == (question.answer == "A") for question in questions)


def test_a_synthesis_without_a_donor_draws_donors_from_its_dataset(stage, png: bytes) -> None:
    other = encode_png(np.full((48, 64, 3), 90, np.uint8))
    stage.client.compare(png, png, dataset="shop", wait_seconds=120)
    job = stage.client.submit_synthesis("add", other, dataset="shop", seed=2)

    with Database(stage.settings.database_url).reading() as session:
        request = JobRequest.model_validate(session.query(JobRow).filter_by(id=job.id).one().request)

    assert request.image not in {donor.asset for donor in request.donors}
    assert len(request.donors) == 1


def test_jobs_are_listed_newest_first_page_by_page(stage, png: bytes) -> None:
    submitted = [stage.client.submit(png, png).id for _ in range(3)]
    stage.client.wait(submitted[-1], wait_seconds=120)

    assert [job.id for job in stage.client.jobs(page_size=2)] == submitted[::-1]
    assert stage.http.get("/v1/jobs", params={"state": "failed"}).json()["jobs"] == []


def test_events_are_replayed_after_the_last_one_seen(stage, png: bytes) -> None:
    job = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120)
    path = job.links.events

    with httpx_sse.connect_sse(stage.http, "GET", path) as source:
        all_of_them = list(source.iter_sse())
    with httpx_sse.connect_sse(stage.http, "GET", path, headers={"Last-Event-ID": all_of_them[2].id}) as source:
        rest = [event.id for event in source.iter_sse()]
    over = stage.http.get(path, headers={"Last-Event-ID": all_of_them[-1].id})

    assert rest == [event.id for event in all_of_them[3:]]
    assert over.status_code == 204


def test_jobs_over_the_limit_are_rejected_with_retry_after(stage, png: bytes) -> None:
    stage.script("detection", seconds=60)
    limit = stage.settings.max_queued_jobs
    assert limit == 12
    files = {"image1": png, "image2": png}
    accepted = [stage.http.post("/v1/difference-captions", files=files) for _ in range(limit)]

    refused = stage.http.post("/v1/difference-captions", files=files)

    assert {answer.status_code for answer in accepted} == {202}
    assert [answer.json()["queue_position"] for answer in accepted[-2:]] >= [1, 2]
    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:imgdiff:problem:temporary-reduced-capacity"
    assert int(refused.headers["Retry-After"]) >= 1


def test_a_service_that_refuses_fails_the_job_in_the_clients_terms(stage, png: bytes) -> None:
    stage.script("detection", act="refuse")

    with pytest.raises(InvalidRequest):
        stage.client.compare(png, png)

    (job,) = stage.client.jobs()
    assert job.state is JobState.FAILED
    assert job.stages[0].attempts == 1
    assert job.error.errors[0].pointer == "/max_regions"


def test_the_record_repeats_the_donor_that_the_edit_used(stage, png: bytes) -> None:
    donor = stage.client.add_donor(png, label="cup", source="a drawing", licence="CC0-1.0", box=(8, 8, 40, 40))
    other = encode_png(np.full((48, 64, 3), 90, np.uint8))
    drawn = stage.client.synthesize("add", other, replacement="cups", policy="describe", wait_seconds=120)
    named = stage.client.synthesize("add", other, donor=DonorRef(donor=donor.id), policy="describe", wait_seconds=120)

    for job in (drawn, named):
        edit = job.records[0].source.edit
        assert edit.donor == donor.as_object().use()
        assert (edit.donor.id, edit.donor.licence, edit.donor.source) == (donor.id, "CC0-1.0", "a drawing")


def test_a_donor_that_the_library_lacks_is_refused(stage, png: bytes) -> None:
    with pytest.raises(InvalidRequest, match="there is no donor") as refused:
        stage.client.submit_synthesis("add", png, donor=DonorRef(donor="don_" + "0" * 32))

    assert refused.value.errors[0].pointer == "/donor/donor"
