"""A caption after each edit but removal, in words: the phrase of one thing is changed, all else stays as it is."""

from services.editing.rewriting.mentions import REFERRING, Mention
from services.english.colours import SHADES
from services.english.inflection import article, number, plural, with_article
from services.english.vocabulary import (
    ARTICLES,
    DETERMINERS,
    MATERIALS,
    NUMBERS,
    ONE_IN_PLURAL,
    TO_MANY,
    TO_ONE,
    words,
)


def replaced(mention: Mention, noun: str, *, looks: bool = True) -> str:
    """Another noun (singular) in its place and number, with the article that it takes; with `looks`, its adjectives."""
    said = plural(noun) if mention.plural else noun
    if mention.noun in ONE_IN_PLURAL and mention.before(2) == "pair of":
        return _exchanged(mention, mention.group, mention.end, with_article(noun))
    at = mention.head
    if not looks:
        at = mention.first
        while at < mention.head and mention.tokens[at].low in DETERMINERS | NUMBERS.keys():
            at += 1
    start = mention.tokens[at].start
    if start == mention.start:
        return _exchanged(mention, start, mention.end, said)
    return mention.caption[: mention.start] + _with_new_article(mention, start, mention.end, said)


def added(caption: str, noun: str, beside: Mention | None = None) -> str:
    """One more thing at the end of the caption's first sentence, near all or near a named one."""
    where = f"next to the {beside.plain}" if beside else "nearby"
    end = len(caption) if beside is None else beside.tokens[-1].end
    first = caption[:end].rstrip()
    body = first.rstrip(".!?")
    return f"{body}, with {with_article(noun)} {where}{first[len(body) :]}{caption[end:] if beside else ''}"


def recoloured(mention: Mention, colour: str) -> str:
    """The colour in the place of those that it has, else before its material and its noun."""
    tokens, phrase = mention.tokens, mention.phrase
    own = [one for one in phrase.colours if one >= mention.first]
    if own:
        first = own[0] - 1 if own[0] > mention.first and tokens[own[0] - 1].low in SHADES else own[0]
        return mention.caption[: mention.start] + _with_new_article(
            mention, tokens[first].start, tokens[own[-1]].end, colour
        )
    at = mention.head
    while at > mention.first and tokens[at - 1].low in MATERIALS | {"toy"}:
        at -= 1
    if tokens[at].start == mention.start:
        word = mention.caption[mention.start :].split(maxsplit=1)[0]
        starts = word[0].isupper() and mention.first == 0
        rest = mention.caption[mention.start :]
        said = colour.capitalize() if starts else colour
        return f"{mention.caption[: mention.start]}{said} {rest[0].lower() + rest[1:] if starts else rest}"
    return mention.caption[: mention.start] + _with_new_article(
        mention, tokens[at].start, tokens[at].start, f"{colour} "
    )


def counted(mention: Mention) -> int | None:
    """How many of it the caption says there are; null where it does not say."""
    if mention.noun in ONE_IN_PLURAL or mention.mass:
        return None
    if mention.number is not None:
        return mention.number[0]
    determiner = mention.determiner
    if determiner is None or determiner.low not in ARTICLES or mention.plural:
        return None
    return 1 if mention.before(1) != "of" or mention.group == mention.start else None


def recounted(mention: Mention, count: int) -> str | None:
    """Another number of it, noun and verb agreeing; null where the verb cannot be made to."""
    said = counted(mention)
    if said is None or count < 1 or count == said or (count == 1 and mention.before() in {"between", "among"}):
        return None
    if (said > 1) != (count > 1) and REFERRING.search(mention.caption[mention.end :].lower()):
        return None
    token = mention.number[1] if mention.number else mention.tokens[mention.first]
    written = number(count)
    written = written.capitalize() if mention.caption[token.start].isupper() else written
    caption, head = mention.caption, mention.tokens[mention.phrase.head]
    if (said > 1) == (count > 1):
        return caption[: token.start] + written + caption[token.end :]
    rest = _agreeing(mention, many=count > 1)
    if rest is None:
        return None
    noun = caption[head.start : mention.end]
    noun = plural(noun) if count > 1 else mention.noun
    before, after = rest
    return before + written + caption[token.end : head.start] + noun + after


def _agreeing(mention: Mention, *, many: bool) -> tuple[str, str] | None:
    """The text before the number and after the noun, with a verb that agrees; null for verbs but be and have."""
    verbs, caption = (TO_MANY if many else TO_ONE), mention.caption
    start = (mention.number[1] if mention.number else mention.tokens[mention.first]).start
    before, after = caption[:start], caption[mention.end :]
    spoken = mention.before(2).split()
    if spoken and spoken[0] == "there":
        verb = mention.tokens[mention.first - 1]
        return caption[: verb.start] + verbs.get(verb.low, verb.low) + caption[verb.end : start], after
    if mention.first > 0:
        return before, after  # the sentence has another subject
    following = mention.tokens[mention.phrase.last + 1 :]
    verb_at = next((token for token in following if token.low in verbs.keys() | verbs.values()), None)
    if following and (_finite(following[0].low) or following[0].low in {"that", "which", "who"}):
        return None
    if verb_at is None:
        return before, after
    return before, caption[mention.end : verb_at.start] + verbs.get(verb_at.low, verb_at.low) + caption[verb_at.end :]


def _finite(word: str) -> bool:
    """Whether a word after a subject may be a verb that would have to agree."""
    known = TO_MANY.keys() | TO_ONE.keys() | _STANDING
    return word.isalpha() and not word.endswith(("ing", "ed")) and word not in known


_STANDING = words(
    "in on at near by beside next behind under with without of and or from over above below inside outside to along "
    "around between against across through cut full made lit seen shown that who which"
)


def _exchanged(mention: Mention, start: int, end: int, said: str) -> str:
    """Other words from `start`, in the case that begins them."""
    caption = mention.caption
    kept = said[0].upper() + said[1:] if caption[start].isupper() and caption[start : start + 2] != "TV" else said
    return caption[:start] + kept + caption[end:]


def _with_new_article(mention: Mention, start: int, end: int, said: str) -> str:
    """From the phrase on: other words between `start` and `end`, and the article of what now follows it."""
    caption, determiner = mention.caption, mention.determiner
    tail = caption[mention.start : start] + said + caption[end:]
    if determiner is None or determiner.low not in ARTICLES:
        return tail
    rest = tail[determiner.end - determiner.start :]
    new = article(rest.split()[0])
    old = caption[determiner.start : determiner.end]
    if new == old.lower():
        return tail
    return (new.capitalize() if old[0].isupper() else new) + rest
