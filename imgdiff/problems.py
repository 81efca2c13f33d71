"""The error document that every route answers with: RFC 9457 problem details plus JSON pointers."""

from pydantic import Field

from imgdiff.frozen import Frozen

PROBLEM_MEDIA_TYPE = "application/problem+json"
_PREFIX = "urn:imgdiff:problem:"


def problem_type(slug: str) -> str:
    """The stable URI of a problem type."""
    return _PREFIX + slug


def problem_slug(type_uri: str) -> str:
    """The slug inside a problem type URI; foreign URIs come back unchanged."""
    return type_uri.removeprefix(_PREFIX)


class ProblemItem(Frozen):
    """One thing that is wrong, and where."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the request: `/image1`, `/options/max_regions`.")
    detail: str = Field(description="What is wrong there, naming the limit where there is one.")
    code: str = Field(description="Machine-readable reason, stable across versions.")


class Problem(Frozen):
    """An error as RFC 9457 describes it."""

    type: str = Field(description="Stable URI of the kind of problem: `urn:imgdiff:problem:<slug>`.")
    title: str = Field(description="Short summary of the kind of problem; the same for every occurrence.")
    status: int = Field(description="HTTP status code of this answer.")
    detail: str = Field(description="What happened this time.")
    instance: str | None = Field(default=None, description="Path of the request or job that failed.")
    errors: tuple[ProblemItem, ...] = Field(default=(), description="Each offending field with its JSON pointer.")
