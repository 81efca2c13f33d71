"""Links of OpenAPI: which operations go on with what an answer holds, so that tools can walk from one to the next."""

from collections.abc import Mapping
from typing import Any

_ID = {"id": "$response.body#/id"}
_OF_JOB = dict.fromkeys(("read_job", "cancel_job", "follow_job", "read_job_funnel"), _ID)
_NAME = {"name": "$response.body#/name"}
_OF_DATASET = dict.fromkeys(
    (
        "read_dataset",
        "change_dataset",
        "delete_dataset",
        "list_records",
        "freeze_version",
        "list_versions",
        "export_dataset",
        "read_dataset_funnel",
        "read_statistics",
        "read_dataset_quality",
    ),
    _NAME,
)
_VERSION = {"name": "$response.body#/dataset", "version": "$response.body#/name"}
_OF_VERSION = dict.fromkeys(
    ("read_version", "delete_version", "list_records", "export_dataset", "read_statistics"), _VERSION
)
_OF_BATCH = dict.fromkeys(("read_batch", "read_position", "cancel_batch", "read_output", "read_errors"), _ID) | {
    "append_to_batch": {**_ID, "Upload-Offset": "$response.header.Upload-Offset"}
}
_OF_WEBHOOK = dict.fromkeys(
    (
        "read_webhook",
        "change_webhook",
        "delete_webhook",
        "read_webhook_secret",
        "replace_webhook_secret",
        "list_deliveries",
    ),
    _ID,
)
_OF_DONOR = dict.fromkeys(("read_donor", "delete_donor"), _ID)
_FIRST_LETTER = {"id": "$response.body#/dead_letters/0/id"}
_FIRST_RECORD = {"id": "$response.body#/records/0/id"}
_RECORD_ROUTES = ("read_record", "read_question", "read_preview", "delete_record", "review_record", "list_reviews")
_OF_RECORDS = dict.fromkeys(_RECORD_ROUTES, _FIRST_RECORD)
_OF_REVIEWED = {
    **dict.fromkeys(("read_record", "list_reviews"), _ID),
    "undo_review": {**_ID, "number": "$response.body#/review/revision"},
}
_DATASET_OF_JOB = {"name": "$response.body#/records/0/dataset"}
_OF_FINISHED_JOB = {
    **_OF_JOB,
    **_OF_RECORDS,
    **dict.fromkeys(("list_records", "export_dataset", "freeze_version", "read_statistics"), _DATASET_OF_JOB),
}
_FIRST_DELIVERY = {"id": "$response.body#/deliveries/0/webhook", "delivery": "$response.body#/deliveries/0/id"}
_NEXT = {"cursor": "$response.body#/next_cursor"}

Links = Mapping[str, Mapping[str, str]]

_LINKS: Mapping[tuple[str, str], Links] = {
    ("create_difference_captions", "202"): _OF_JOB,
    ("create_difference_captions", "200"): _OF_FINISHED_JOB,
    ("create_synthesis", "202"): _OF_JOB,
    ("create_synthesis", "200"): _OF_FINISHED_JOB,
    ("read_job", "200"): _OF_FINISHED_JOB,
    ("list_jobs", "200"): {"list_jobs": _NEXT, "read_job": {"id": "$response.body#/jobs/0/id"}},
    ("replay_dead_letter", "202"): _OF_JOB,
    ("list_dead_letters", "200"): {
        "list_dead_letters": _NEXT,
        **dict.fromkeys(("read_dead_letter", "replay_dead_letter", "discard_dead_letter"), _FIRST_LETTER),
    },
    ("create_batch", "201"): _OF_BATCH,
    ("list_batches", "200"): {"list_batches": _NEXT, "read_batch": {"id": "$response.body#/batches/0/id"}},
    ("append_to_batch", "200"): _OF_BATCH,
    ("create_asset", "201"): dict.fromkeys(("read_asset", "read_asset_thumbnail"), _ID),
    ("prune_assets", "200"): {"prune_assets": _NEXT},
    ("read_record", "200"): {
        **dict.fromkeys(_RECORD_ROUTES[1:], _ID),
        "read_asset": {"id": "$response.body#/image1/asset"},
        "read_job": {"id": "$response.body#/job"},
        "read_dataset": {"name": "$response.body#/dataset"},
    },
    **dict.fromkeys((("review_record", "200"), ("undo_review", "200")), _OF_REVIEWED),
    ("list_records", "200"): {"list_records": _NEXT, **_OF_RECORDS},
    ("create_dataset", "201"): _OF_DATASET,
    ("list_datasets", "200"): {"list_datasets": _NEXT, "read_dataset": {"name": "$response.body#/datasets/0/name"}},
    ("freeze_version", "201"): _OF_VERSION,
    ("list_versions", "200"): {"list_versions": _NEXT},
    ("create_donor", "201"): _OF_DONOR,
    ("create_donor", "200"): _OF_DONOR,
    ("list_donors", "200"): {"list_donors": _NEXT, "read_donor": {"id": "$response.body#/donors/0/id"}},
    ("create_webhook", "201"): _OF_WEBHOOK,
    ("list_webhooks", "200"): {"list_webhooks": _NEXT, "read_webhook": {"id": "$response.body#/webhooks/0/id"}},
    ("list_deliveries", "200"): {"list_deliveries": _NEXT, "replay_delivery": _FIRST_DELIVERY},
}
"""By operation and status of the answer: the operations that follow, and where their parameters are in it."""


def add_links(document: Mapping[str, Any]) -> None:
    """Add the links to every answer that has some."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                found = _LINKS.get((operation["operationId"], status), {})
                if found:
                    answer["links"] = {
                        name: {"operationId": name, "parameters": dict(values)} for name, values in found.items()
                    }
