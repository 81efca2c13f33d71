"""Licences of what an export was made from: models, donors, and photos, of which imgdiff knows none."""

from collections import Counter
from typing import Self

from gateway.exports.documents import SpooledDocument
from gateway.exports.files import ExportFile
from imgdiff.objects.donors import DonorUse
from imgdiff.records import ModelUse, Record

NOT_STATED = "not stated"
_NOTE = (
    "Licences as they are known to imgdiff. Clients do not state the licence of the photos that they send; whoever "
    "publishes this dataset has to know it. A donor is an object, or a whole photo, that a synthesis copied from."
)
_KEPT = 16  # characters of an asset's digest that tell donors without an id apart: 64 bits


class Licences:
    """Collects them record by record; donors are spooled, since they may be many. A context manager."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, ...], tuple[ModelUse, int]] = {}
        self.donors: Counter[str] = Counter()  # how many there are, by licence
        self._seen: set[int] = set()
        self._document = SpooledDocument("licences.json", ("donors",))

    def __enter__(self) -> Self:
        self._document.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._document.__exit__(*details)

    def add(self, record: Record) -> None:
        """Add what a record names."""
        for model in record.provenance.models:
            key = (model.stage, model.name, model.version, model.sha256, model.licence)  # hashed faster than the model
            self._models[key] = (model, self._models[key][1] + 1 if key in self._models else 1)
        edit = record.source.edit
        if edit is not None and edit.donor is not None:
            self._add_donor(edit.donor)

    def _add_donor(self, donor: DonorUse) -> None:
        name = (donor.id or donor.asset or "").rpartition("_" if donor.id else ":")[2]
        key = int(name[:_KEPT], 16) if name else 0
        if key in self._seen:
            return
        self._seen.add(key)
        licence = donor.licence or NOT_STATED
        self.donors[licence] += 1
        self._document.append("donors", {**donor.model_dump(mode="json"), "licence": licence})

    def list_models(self) -> list[tuple[ModelUse, int]]:
        """The models by stage, name and version, with the records that they were used for."""
        return [found for _, found in sorted(self._models.items())]

    def finish(self, records: int) -> ExportFile:
        """`licences.json`; nothing can be added any more."""
        models = [{**model.model_dump(mode="json"), "records": count} for model, count in self.list_models()]
        photos = {"licence": NOT_STATED, "records": records}
        return self._document.finish({"note": _NOTE, "photos": photos, "models": models})
