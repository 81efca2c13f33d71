"""Instructions: commands to edit an image, as sentences that state the change."""

import re

_ONE = r"(?:an?|some|another|more|one|two|three|four|five|several)\b"
_POLITE = re.compile(r"^(?:please|kindly|now|(?:can|could|would|will) you(?: please)?)\s+", re.IGNORECASE)
# What limits or denies a command, or only supposes it, so that nothing is read of the sentence.
_LIMITED = re.compile(r"\b(?:not|never|without|except|unless|if|would|could|but|n't|don['’]t)\b|\?", re.IGNORECASE)
# A command, and the same with a verb that states what happened. Only an indefinite thing comes by `put`: a definite one
# may have been there before, at another place.
_COMMANDS = tuple(
    (re.compile(pattern, re.IGNORECASE), stated)
    for pattern, stated in (
        (r"^(?:delete|erase|eliminate|get rid of|take (?:away|out|off)|cut out)\b", "remove"),
        (rf"^(?:insert|include|introduce|put|place|draw|paste|let there be|have there be)\s+(?={_ONE})", "add "),
        (r"^(?:swap|exchange|substitute)\s+(.+?)\s+(?:for|with|by)\b", r"replace \1 with"),
        (r"^(?:.*\bto\s+)?replace\s+(.+?)\s+(?:to|into|for)\b", r"replace \1 with"),
        (r"^(?:turn|change|convert|transform|alter|switch|make)\s+(.+?)\s+(from|into|to)\b", r"\1 changed \2"),
    )
)


def read_command(sentence: str) -> str | None:
    """The sentence that states what a command asks for, any other sentence as it is; null where it is not plain."""
    told = _POLITE.sub("", sentence.strip())
    if told != sentence.strip():
        told = told.rstrip("? ")
    if _LIMITED.search(told):
        return None
    for pattern, stated in _COMMANDS:
        changed, found = pattern.subn(stated, told)
        if found:
            return changed
    return told
