"""MMVP as it is published."""

from pathlib import Path

import pytest

from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.evaluation.layouts.catalogue import read_benchmark


def test_every_row_is_a_question_about_its_image(mmvp: Path) -> None:
    benchmark = read_benchmark("mmvp", mmvp, "test")

    first = benchmark.samples[0]
    assert (benchmark.task, len(benchmark.samples)) == ("choices", 4)
    assert first.images == (mmvp / "MMVP Images" / "1.jpg",)
    assert first.prompt.startswith("Is the door open? (a) Yes (b) No\n")
    assert [(one.letters, one.answer) for one in benchmark.samples] == [("ab", right) for right in "abba"]
    assert [one.group for one in benchmark.samples] == ["1", "1", "2", "2"]


def test_the_images_may_lie_where_the_published_script_looks(mmvp: Path) -> None:
    (mmvp / "MMVP Images").rename(mmvp / "MMVP Imgaes")

    assert read_benchmark("mmvp", mmvp, "test").samples[3].images[0].exists()


def test_a_file_of_another_kind_is_refused(mmvp: Path) -> None:
    (mmvp / "Questions.csv").write_text("Index,Question\n1,Why?\n")
    with pytest.raises(InvalidRequest, match="lacks the columns Options, Correct Answer"):
        read_benchmark("mmvp", mmvp, "test")

    (mmvp / "Questions.csv").write_text("Question,Options,Correct Answer\nWhy?,(a) Yes (b) No,(c)\n")
    with pytest.raises(InvalidRequest, match=r"row 1: '\(c\)' is none of the options"):
        read_benchmark("mmvp", mmvp, "test")

    (mmvp / "Questions.csv").write_text("Question,Options,Correct Answer\nWhy?\n")
    with pytest.raises(InvalidRequest, match="row 1: '' is none of the options"):
        read_benchmark("mmvp", mmvp, "test")

    (mmvp / "Questions.csv").unlink()
    with pytest.raises(NotFound, match=r"holds none of: Questions\.csv"):
        read_benchmark("mmvp", mmvp, "test")
