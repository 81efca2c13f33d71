"""Templates of every edit but removal: the phrase of one thing changes, everything else stays as it is."""

from services.editing.rewriting.mentions import REFERRING, Mention
from services.english.colours import SHADES
from services.english.inflection import article, number, plural, with_article
from services.english.vocabulary import ARTICLES, DETERMINERS, MATERIALS, NUMBERS, ONE_IN_PLURAL, TO_MANY, TO_ONE, words


def replace(mention: Mention, noun: str, *, adjectives: bool = True) -> str:
    """Another noun (singular) in its place and number, with the right article, with or without its adjectives."""
    text = plural(noun) if mention.plural else noun
    if mention.noun in ONE_IN_PLURAL and mention.before(2) == "pair of":
        return _exchange(mention, mention.group, mention.end, with_article(noun))
    at = mention.head
    if not adjectives:
        at = mention.first
        while at < mention.head and mention.tokens[at].low in DETERMINERS | NUMBERS.keys():
            at += 1
    start = mention.tokens[at].start
    if start == mention.start:
        return _exchange(mention, start, mention.end, text)
    return mention.caption[: mention.start] + _exchange_with_article(mention, start, mention.end, text)


def add(caption: str, noun: str, beside: Mention | None = None) -> str:
    """One more thing at the end of the caption, `nearby` or next to a mentioned one."""
    where = f"next to the {beside.plain}" if beside else "nearby"
    end = len(caption) if beside is None else beside.tokens[-1].end
    first = caption[:end].rstrip()
    body = first.rstrip(".!?")
    return f"{body}, with {with_article(noun)} {where}{first[len(body) :]}{caption[end:] if beside else ''}"


def recolour(mention: Mention, colour: str) -> str:
    """The colour in place of its colours, else before its material and its noun."""
    tokens, phrase = mention.tokens, mention.phrase
    own = [at for at in phrase.colours if at >= mention.first]
    if own:
        first = own[0] - 1 if own[0] > mention.first and tokens[own[0] - 1].low in SHADES else own[0]
        return mention.caption[: mention.start] + _exchange_with_article(
            mention, tokens[first].start, tokens[own[-1]].end, colour
        )
    at = mention.head
    while at > mention.first and tokens[at - 1].low in MATERIALS | {"toy"}:
        at -= 1
    if tokens[at].start == mention.start:
        word = mention.caption[mention.start :].split(maxsplit=1)[0]
        starts = word[0].isupper() and mention.first == 0
        rest = mention.caption[mention.start :]
        text = colour.capitalize() if starts else colour
        return f"{mention.caption[: mention.start]}{text} {rest[0].lower() + rest[1:] if starts else rest}"
    return mention.caption[: mention.start] + _exchange_with_article(
        mention, tokens[at].start, tokens[at].start, f"{colour} "
    )


def count_of(mention: Mention) -> int | None:
    """The count that the caption states; null if it states none."""
    if mention.noun in ONE_IN_PLURAL or mention.mass:
        return None
    if mention.number is not None:
        return mention.number[0]
    determiner = mention.determiner
    if determiner is None or determiner.low not in ARTICLES or mention.plural:
        return None
    return 1 if mention.before(1) != "of" or mention.group == mention.start else None


def recount(mention: Mention, count: int) -> str | None:
    """Another count of it, with agreeing noun and verb; null where the verb cannot be changed."""
    stated = count_of(mention)
    if stated is None or count < 1 or count == stated or (count == 1 and mention.before() in {"between", "among"}):
        return None
    if (stated > 1) != (count > 1) and REFERRING.search(mention.caption[mention.end :].lower()):
        return None
    token = mention.number[1] if mention.number else mention.tokens[mention.first]
    written = number(count)
    written = written.capitalize() if mention.caption[token.start].isupper() else written
    caption, head = mention.caption, mention.tokens[mention.phrase.head]
    if (stated > 1) == (count > 1):
        return caption[: token.start] + written + caption[token.end :]
    rest = _agree(mention, many=count > 1)
    if rest is None:
        return None
    noun = caption[head.start : mention.end]
    noun = plural(noun) if count > 1 else mention.noun
    before, after = rest
    return before + written + caption[token.end : head.start] + noun + after


def _agree(mention: Mention, *, many: bool) -> tuple[str, str] | None:
    """The text before the number and after the noun, with an agreeing verb; null for other verbs than be and have."""
    verbs, caption = (TO_MANY if many else TO_ONE), mention.caption
    start = (mention.number[1] if mention.number else mention.tokens[mention.first]).start
    before, after = caption[:start], caption[mention.end :]
    leading = mention.before(2).split()
    if leading and leading[0] == "there":
        verb = mention.tokens[mention.first - 1]
        return caption[: verb.start] + verbs.get(verb.low, verb.low) + caption[verb.end : start], after
    if mention.first > 0:
        return before, after  # the sentence has another subject
    following = mention.tokens[mention.phrase.last + 1 :]
    verb_at = next((token for token in following if token.low in verbs.keys() | verbs.values()), None)
    if following and (_may_be_finite(following[0].low) or following[0].low in {"that", "which", "who"}):
        return None
    if verb_at is None:
        return before, after
    return before, caption[mention.end : verb_at.start] + verbs.get(verb_at.low, verb_at.low) + caption[verb_at.end :]


def _may_be_finite(word: str) -> bool:
    """Whether a word after a subject may be a finite verb, which would have to agree."""
    known = TO_MANY.keys() | TO_ONE.keys() | _NO_VERBS
    return word.isalpha() and not word.endswith(("ing", "ed")) and word not in known


_NO_VERBS = words(
    "in on at near by beside next behind under with without of and or from over above below inside outside to along "
    "around between against across through cut full made lit seen shown that who which"
)


def _exchange(mention: Mention, start: int, end: int, text: str) -> str:
    """Other words from `start` to `end`, capitalised as the old ones."""
    caption = mention.caption
    kept = text[0].upper() + text[1:] if caption[start].isupper() and caption[start : start + 2] != "TV" else text
    return caption[:start] + kept + caption[end:]


def _exchange_with_article(mention: Mention, start: int, end: int, text: str) -> str:
    """The caption from the phrase on, with other words from `start` to `end` and the article that fits them."""
    caption, determiner = mention.caption, mention.determiner
    tail = caption[mention.start : start] + text + caption[end:]
    if determiner is None or determiner.low not in ARTICLES:
        return tail
    rest = tail[determiner.end - determiner.start :]
    new = article(rest.split()[0])
    old = caption[determiner.start : determiner.end]
    if new == old.lower():
        return tail
    return (new.capitalize() if old[0].isupper() else new) + rest
