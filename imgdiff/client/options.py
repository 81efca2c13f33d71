"""The options of a request as keyword arguments, validated before anything is sent."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

from pydantic import JsonValue

from imgdiff.errors import validate
from imgdiff.objects.places import Mask
from imgdiff.options import Options, SynthesisFields


class OptionFields(TypedDict, total=False):
    """Keyword arguments of `compare`, `submit` and the syntheses; see `imgdiff.options.Options` for each."""

    policy: str | None
    dataset: str
    max_regions: int | None
    align: bool
    caption1: str | None
    caption2: str | None
    instruction: str | None
    thresholds: dict[str, float]
    language: str
    keep_rejected: bool
    fresh: bool
    deadline_seconds: float | None
    start_deadline_seconds: float | None
    webhook: str | None
    metadata: dict[str, JsonValue] | None


class SynthesisArguments(OptionFields, total=False):
    """Keyword arguments of the syntheses: the edit, and the options."""

    caption: str | None
    target: str | None
    target_mask: Mask | Mapping[str, object] | None
    target_box: Sequence[int] | None
    replacement: str | None
    donors_from: str
    donor_licences: Sequence[str] | None
    count: int
    seed: int | None


class DonorArguments(TypedDict, total=False):
    """Keyword arguments of `add_donor`; see `imgdiff.datasets.NewDonor` for each. Label, source, licence are needed."""

    label: Required[str]
    source: Required[str]
    licence: Required[str]
    category: str | None
    mask: Mask | Mapping[str, object] | None
    polygons: Sequence[Sequence[float]] | None
    box: Sequence[int] | None
    occluded: bool | None
    reference: str | None


class RecordFilters(TypedDict, total=False):
    """Which records; see `GET /v1/datasets/{name}/records` for each."""

    verdict: str | None
    change: str | None
    label: str | None
    min_confidence: float | None
    min_similarity: float | None
    max_similarity: float | None
    review: str | Sequence[str] | None
    reason: str | None
    q: str | None
    version: str | None


class ListedRecords(RecordFilters, total=False):
    """Keyword arguments of `records`: the filters, and `order`, `oldest` or `doubtful` first."""

    order: str | None


class DonorFilters(TypedDict, total=False):
    """Keyword arguments of `donors`; see `GET /v1/donors` for each."""

    label: str | None
    category: str | None
    licence: str | None
    source: str | None
    reference: str | None
    min_pixels: int | None
    min_share: float | None
    max_share: float | None
    cut_off: bool | None
    occluded: bool | None
    outlined: bool | None


def parse_options(fields: Mapping[str, object]) -> Options:
    """Validate the options; raises InvalidRequest with a pointer to each invalid one."""
    return validate(Options.model_validate, fields, "/options")


def parse_synthesis(operation: str, arguments: SynthesisArguments) -> tuple[SynthesisFields, Options]:
    """Validate the edit and the options of a synthesis; raises InvalidRequest."""
    given = {name: value for name, value in arguments.items() if name in SynthesisFields.model_fields}
    rest = {name: value for name, value in arguments.items() if name not in SynthesisFields.model_fields}
    return validate(SynthesisFields.model_validate, {"operation": operation, **given}), parse_options(rest)
