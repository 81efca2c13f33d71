"""Words of a sentence, nearly as COCO's evaluation counts them."""

from nltk.tokenize import NLTKWordTokenizer

# What COCO's evaluation removes after the Penn Treebank tokeniser; brackets are as NLTK writes them.
_REMOVED = frozenset(["''", "'", "``", "`", '"', "(", ")", "{", "}", ".", "?", "!", ",", ":", "-", "--", "...", ";"])
_TOKENIZER = NLTKWordTokenizer()


def split_words(sentence: str) -> list[str]:
    """Lower-case words without punctuation, split as in the Penn Treebank."""
    return [word for word in _TOKENIZER.tokenize(sentence.lower()) if word not in _REMOVED]
