"""The table is written between the marks of its page, and nothing else of it changes."""

from pathlib import Path

from benchmarks.chaos.__main__ import BEGIN, END, PAGE, write


def test_the_lines_between_the_marks_are_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    write(["new", "lines"], page)

    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\nlines\n{END}\nafter\n"


def test_the_page_has_both_marks_once() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert (text.count(BEGIN), text.count(END)) == (1, 1)
