"""Lines are found whatever the pieces a stream comes in, and long ones cost no memory."""

from gateway.batches.splitting import LineSplitter, RawLine


def _split(pieces: list[bytes], limit: int = 100, digest: str = "") -> list[RawLine]:
    splitter = LineSplitter(limit, digest)
    return [line for piece in pieces for line in splitter.feed(piece)] + list(splitter.finish())


def test_lines_do_not_depend_on_the_pieces() -> None:
    text = b'{"a": 1}\n\n{"b": 2}\r\nlast'
    whole = _split([text])

    assert [line.content for line in whole] == [b'{"a": 1}\n', b"\n", b'{"b": 2}\r\n', b"last"]
    assert sum(line.size for line in whole) == len(text)
    assert _split([text[at : at + 1] for at in range(len(text))]) == whole


def test_a_line_over_the_limit_has_a_size_and_no_content() -> None:
    long, after = _split([b"x" * 60, b"x" * 60, b"x\nshort\n"])

    assert (long.content, long.size) == (None, 122)
    assert after.content == b"short\n"


def test_the_digest_depends_on_every_line_before() -> None:
    first, second = _split([b"one\ntwo\n"])

    assert _split([b"two\n"], digest=first.digest) == [second]
    assert _split([b"two\n"])[0].digest != second.digest
    assert _split([b"on\ne\ntwo\n"])[-1].digest != second.digest
