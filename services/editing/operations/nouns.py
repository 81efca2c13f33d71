"""What people call things, and what the detector calls them."""

from collections.abc import Sequence

from services.english.inflection import singulars

_SYNONYMS = {
    "airplane": ("aeroplane", "plane", "aircraft", "jet"),
    "backpack": ("rucksack",),
    "bicycle": ("bike", "cycle"),
    "boat": ("ship", "sailboat"),
    "cake": ("pie",),
    "car": ("automobile",),
    "cat": ("kitten",),
    "cell phone": ("phone", "mobile phone", "smartphone", "cellphone"),
    "couch": ("sofa", "settee"),
    "cow": ("bull", "ox"),
    "cup": ("mug", "teacup", "coffee cup", "tumbler"),
    "dining table": ("table", "desk"),
    "dog": ("puppy",),
    "donut": ("doughnut",),
    "handbag": ("purse",),
    "horse": ("pony",),
    "hot dog": ("hotdog",),
    "laptop": ("notebook computer", "computer"),
    "motorcycle": ("motorbike",),
    "person": ("man", "woman", "boy", "girl", "child", "human", "men", "women", "people", "children"),
    "potted plant": ("plant", "houseplant"),
    "refrigerator": ("fridge",),
    "remote": ("remote control",),
    "sheep": ("lamb",),
    "sports ball": ("ball", "football"),
    "suitcase": ("luggage",),
    "teddy bear": ("teddy", "stuffed animal"),
    "tv": ("television", "monitor", "screen"),
    "wine glass": ("glass",),
}
_ARTICLES = ("a ", "an ", "the ")
_LABELS = {word: label for label, words in _SYNONYMS.items() for word in words}


def label_of(noun: str, labels: Sequence[str]) -> str | None:
    """The detector's label for a noun, in singular or plural, with or without an article; None if it has none."""
    words = " ".join(noun.lower().split())
    for article in _ARTICLES:
        words = words.removeprefix(article)
    for form in (words, *singulars(words)):
        label = _LABELS.get(form, form)
        if label in labels:
            return label
    return None


def class_of(noun: str) -> str:
    """The detector's label that a noun in the singular goes by; itself where it has no other."""
    return _LABELS.get(noun, noun)
