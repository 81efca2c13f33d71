"""Entity tags are compared as RFC 9110 asks."""

import pytest

from gateway.http.protocol.conditions import matches_strongly, matches_weakly, parse_tags


def test_a_list_of_tags_is_parsed() -> None:
    assert parse_tags(r'"a", W/"b,c" ,, "", "d"x, "e"') == ['"a"', 'W/"b,c"', '""']


@pytest.mark.parametrize("header", ['"a"', 'W/"a"', '"b", "a"', "*", " * ", '"b,c",W/"a"'])
@pytest.mark.parametrize("tag", ['"a"', 'W/"a"'])
def test_a_weak_comparison_matches_whatever_is_weak(header: str, tag: str) -> None:
    assert matches_weakly(header, tag)


@pytest.mark.parametrize("header", [None, "", '"b"', "a", '"A"', '"b,"a"', '"*"'])
def test_other_tags_do_not_match(header: str | None) -> None:
    assert not matches_weakly(header, '"a"')


@pytest.mark.parametrize(
    ("header", "tag", "matches"),
    [
        (None, '"a"', True),
        ("*", 'W/"a"', True),
        ('"b", "a"', '"a"', True),
        ('W/"a"', '"a"', False),
        ('"a"', 'W/"a"', False),
        ("", '"a"', False),
    ],
)
def test_a_strong_comparison_matches_strong_tags_alone(header: str | None, tag: str, matches: bool) -> None:
    assert matches_strongly(header, tag) is matches
