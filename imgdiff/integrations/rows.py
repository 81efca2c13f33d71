"""The columns that a comparison adds to a row of a table; each has one type, whatever was found or went wrong."""

from collections.abc import Sequence
from typing import TypedDict

from imgdiff.errors import ImgdiffError
from imgdiff.records import Record, Region

PREFIX = "diff_"  # of the columns' names, since tables of images have a `caption` already
COLUMNS = (
    *("record", "verdict", "confidence", "similarity", "caption", "regions", "reasons", "document"),
    *("problem", "problem_detail"),
)


class RegionRow(TypedDict):
    """A kept region; the fields of `imgdiff.records.Region` of the same names, boxes as [x1, y1, x2, y2]."""

    box: list[int] | None
    box2: list[int] | None
    change: str
    difference: float
    confidence: float | None
    label1: str | None
    label2: str | None
    caption1: str | None
    caption2: str | None
    caption: str | None
    text1: str | None
    text2: str | None


class Row(TypedDict):
    """What was found in one pair, or the problem with it; the other half is null, its lists are empty."""

    record: str | None
    verdict: str | None
    confidence: float | None
    similarity: float | None
    caption: str | None
    regions: list[RegionRow]
    reasons: list[str]
    document: str | None
    problem: str | None
    problem_detail: str | None


def found(record: Record) -> Row:
    """The row of a record; `document` holds all of it as JSON, rejected regions too."""
    return Row(
        record=record.id,
        verdict=record.verdict.value,
        confidence=record.confidence,
        similarity=record.similarity,
        caption=record.caption,
        regions=[_region(region) for region in record.regions if region.kept],
        reasons=[reason.code for reason in record.reasons],
        document=record.model_dump_json(),
        problem=None,
        problem_detail=None,
    )


def failed(error: ImgdiffError) -> Row:
    """The row of a pair that could not be compared; `problem` is the last part of the problem's type."""
    return Row(
        record=None,
        verdict=None,
        confidence=None,
        similarity=None,
        caption=None,
        regions=[],
        reasons=[],
        document=None,
        problem=error.slug,
        problem_detail=error.detail,
    )


def to_columns(rows: Sequence[Row], prefix: str) -> dict[str, list[object]]:
    """The rows as lists of values by column, in the order of `COLUMNS`."""
    return {prefix + name: [row[name] for row in rows] for name in COLUMNS}  # type: ignore[literal-required]


def require_free(taken: Sequence[str], prefix: str, names: Sequence[str] = COLUMNS) -> None:
    """Raise ValueError where a table has one of the columns already."""
    twice = [prefix + name for name in names if prefix + name in taken]
    if twice:
        raise ValueError(f"the table has a column {twice[0]!r} already; give another prefix than {prefix!r}")


def require_given(taken: Sequence[str], names: Sequence[str]) -> None:
    """Raise ValueError where a table lacks a column of images."""
    for name in names:
        if name not in taken:
            raise ValueError(f"the table has no column {name!r}; its columns are {', '.join(taken) or 'none'}")


def _region(region: Region) -> RegionRow:
    return RegionRow(
        box=list(region.box) if region.box else None,
        box2=list(region.box2) if region.box2 else None,
        change=region.change.value,
        difference=region.difference,
        confidence=region.confidence,
        label1=region.label1,
        label2=region.label2,
        caption1=region.caption1,
        caption2=region.caption2,
        caption=region.caption,
        text1=region.text1,
        text2=region.text2,
    )
