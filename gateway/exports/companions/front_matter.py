"""The YAML at the head of a dataset card, with the keys of the Hugging Face Hub."""

from gateway.exports.companions.subject import Subject
from gateway.exports.splits import Split

_SIZES = (("n<1K", 10**3), ("1K<n<10K", 10**4), ("10K<n<100K", 10**5), ("100K<n<1M", 10**6), ("1M<n<10M", 10**7))
_LARGER = "10M<n<100M"
_TAGS = ("imgdiff", "image-difference-captioning", "change-detection", "croissant")


def write_front_matter(subject: Subject) -> str:
    """The front matter with its fences. No licence is known of photos, so that of the whole is `unknown`."""
    layout, records = subject.layout, subject.counts.records
    tags = dict.fromkeys((*_TAGS, *subject.dataset.tags))
    lines = [
        "---",
        f"pretty_name: {_quote(subject.dataset.name)}",
        "language:\n- en",
        "license: unknown",
        "annotations_creators:\n- machine-generated",
        "language_creators:\n- machine-generated",
        f"size_categories:\n- {next((name for name, limit in _SIZES if records < limit), _LARGER)}",
        "task_categories:\n" + "\n".join(f"- {task}" for task in layout.tasks),
        "tags:\n" + "\n".join(f"- {_quote(tag)}" for tag in tags),
    ]
    files = _list_files(subject)
    if files:
        rows = "\n".join(f"  - split: {split}\n    path: {_quote(path)}" for split, path in files)
        lines.append(f"configs:\n- config_name: default\n  data_files:\n{rows}")
    else:
        lines.append("viewer: false")
    return "\n".join([*lines, "---", ""])


def _list_files(subject: Subject) -> list[tuple[str, str]]:
    """The pattern of the files of each split that has records, where `datasets` loads the format."""
    layout = subject.layout
    if layout.data:
        return [(Split.TRAIN, layout.data)] if subject.counts.records else []
    if not layout.splits:
        return []
    return [(split, layout.splits.format(split=split)) for split in Split if subject.counts.splits[split]]


def _quote(text: str) -> str:
    """A YAML scalar in double quotes; what YAML does not take as it is, is escaped."""
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"
