"""Every error is one kind of problem document."""

from imgdiff.errors import ImgdiffError, NotFound, catalogue
from imgdiff.problems import problem_slug


def test_every_error_has_its_own_slug_and_a_title() -> None:
    errors = catalogue()

    assert len(errors) == len({cls.title() for cls in errors.values()})
    assert all(cls.title().endswith(".") for cls in errors.values())


def test_an_error_becomes_a_problem_document() -> None:
    problem = NotFound("no job job_1").problem("/v1/jobs/job_1")

    assert (problem.status, problem_slug(problem.type), problem.detail) == (404, "not-found", "no job job_1")
    assert issubclass(catalogue()[problem_slug(problem.type)], ImgdiffError)
