"""Preambles: what a model writes around its answer about a region, such as the region's numbers."""

import re

_NUMBER = r"\s*\d*\.?\d+\s*"
_WHOLE = r"(?:image|picture|photo|photograph|scene)"
_REGION = rf"(?:region|area|section|portion|part|crop|{_WHOLE})"
_MARKED = r"(?:defined|specified|given|described|marked|indicated|located|bounded|outlined|highlighted|in question)"
_NAMED = rf"(?:the|this) (?:[\w-]+ ){{0,2}}?{_REGION}(?: (?:of|in|inside) (?:the|this) {_WHOLE})?"
# A box in numbers, with the words that lead to it.
_CORNERS = re.compile(
    r"(?:(?:\s(?:is|are) (?:located|situated|positioned|found|seen|shown|visible))?"
    rf"\s*\b(?:in|within|inside|at) {_NAMED})?"
    rf",?\s*(?:\b{_MARKED})?\s*(?:\b(?:with|at|by|of|in|from|within))?"
    r"\s*(?:\b(?:the |its )?(?:normali[sz]ed )?(?:coordinates?|corners|bounding box))?"
    rf"\s*[\[(]{_NUMBER}(?:,{_NUMBER})+[\])](?: of (?:the|this) {_WHOLE})?,?",
    re.IGNORECASE,
)
_PREAMBLES = (
    re.compile(r"^(?:sure|certainly|of course)\W+", re.IGNORECASE),
    re.compile(r"^here(?:'s| is)\b[^:.]{0,80}: *", re.IGNORECASE),
    re.compile(rf"^(?:(?:the |this )?{_REGION}|(?:clear )?description|caption|answer): *", re.IGNORECASE),
    re.compile(
        rf"^(?:in|within|inside) {_NAMED},? (?:(?:we|you|i|one) (?:can )?see |(?=there (?:is|are) ))", re.IGNORECASE
    ),
    re.compile(
        rf"^(?:it|{_NAMED}(?: {_MARKED})?,?) (?:(?:appears|seems) to (?:be|show|contain|depict)|focuses on|is of"
        r"|is(?= (?:an?|the|one|two|three) )|shows|contains|depicts|features|displays|includes|presents|captures"
        r"|highlights|has|showcases|portrays),? (?=\w)",
        re.IGNORECASE,
    ),
)
_EMPHASIS = re.compile(r"\*+|^#+ |__|^- ")


def skip_preamble(text: str) -> str:
    """What an answer states about the region: `a red cup` of `The region [0.1, 0.2, 0.3, 0.4] shows a red cup`."""
    rest = _EMPHASIS.sub("", _CORNERS.sub("", text)).lstrip(" ,;:")
    for preamble in _PREAMBLES:
        rest = preamble.sub("", rest, count=1)
    return rest if any(letter.isalpha() for letter in rest) else text
