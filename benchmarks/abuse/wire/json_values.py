"""Numbers, texts, encodings and media types that no right JSON body has."""

NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e-999",
    "-0",
    "1E400",
    "0.1e1",
    "9" * 400,
    "9" * 100_000,
)
ODD_NUMBERS = ("1.", ".5", "+1", "01", "0x10", "1_000", "१", "1e", "--1")
TEXTS = (
    "\\ud800",
    "\\udc00\\ud800",
    "\\u0000",
    "\\u0000" * 1000,
    "\\uFFFF",
    "\\u202e",
    "\\x00",
    "\\u12",
    "a" * 1_000_000,
    "\\ud83d\\ude00",
    "\u0130",
    "\t",
    "\x7f",
)
VALUES = (
    "null",
    "true",
    "[]",
    "{}",
    '""',
    '" "',
    "0",
    "-1",
    "1.5",
    '"x"',
    "[[]]",
    '{"a": 1}',
    "1e308",
    "[1, 2]",
    "18446744073709551616",
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "latin-1", "cp037")
TYPES = (
    "text/plain",
    "",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "application/json; charset",
    "application/json;" + " a=b;" * 1000,
    "application/json, text/plain",
    "application/jsonx",
    "application/*+json",
    "*/*",
    "json",
    "application/json\x0b",
    "APPLICATION/JSON",
    "application/problem+json",
)
LINE_ENDS = ("\n", "\r\n", "\r", "\n\n", "", "\u2028", "\x0b")
