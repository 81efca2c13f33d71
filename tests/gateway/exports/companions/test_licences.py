"""`licences.json` names models and donors with their licences, and invents none."""

import json

from gateway.exports.companions.licences import Licences
from imgdiff.objects.donors import DonorUse
from imgdiff.records import Edit, Operation, Record, Source


def _with_donor(record: Record, donor: DonorUse | None) -> Record:
    edit = Edit(operation=Operation.REPLACE, box=(0, 0, 9, 9), seed=1, donor=donor)
    return record.model_copy(update={"source": Source(kind="synthesis", edit=edit)})


def test_donors_and_models_are_listed_once_and_photos_have_no_licence(record: Record) -> None:
    cup = DonorUse(id="don_" + "1" * 32, asset="sha256:" + "2" * 64, label="cup", source="a", licence="CC-BY-4.0")
    photo = DonorUse(asset="sha256:" + "3" * 64)
    with Licences() as licences:
        for donor in (cup, None, photo, cup):
            licences.add(_with_donor(record, donor))
        licences.add(record)
        document = json.loads(b"".join(licences.finish(5).read()))

    assert document["photos"] == {"licence": "not stated", "records": 5}
    assert [(one["id"], one["source"], one["licence"]) for one in document["donors"]] == [
        (cup.id, "a", "CC-BY-4.0"),
        (None, None, "not stated"),
    ]
    assert document["models"] == [{**record.provenance.models[0].model_dump(), "records": 5}]
    assert licences.donors == {"CC-BY-4.0": 1, "not stated": 1}
