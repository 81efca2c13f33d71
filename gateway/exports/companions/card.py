"""`README.md`: the dataset card. Everything in it follows from the exported records, so it is the same every time."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from gateway.exports.companions.figures import write_reviews, write_statistics
from gateway.exports.companions.front_matter import write_front_matter
from gateway.exports.companions.gates import write_rejections, write_thresholds
from gateway.exports.companions.licences import NOT_STATED
from gateway.exports.companions.markdown import code, count_of, escape, quote, table
from gateway.exports.companions.subject import Subject
from gateway.exports.splits import Split
from gateway.funnel.steps import step_of
from imgdiff.funnel import Flow, Funnel, Step
from imgdiff.rules.reasons import BY_CODE

_SHOWN = 20  # rows of a table whose length has no limit; chosen, not measured


def write_card(subject: Subject, funnel: Funnel) -> str:
    """The card."""
    parts = [
        f"# {escape(subject.dataset.name)}",
        *([quote(subject.dataset.description)] if subject.dataset.description else []),
        subject.sentence,
        *_show_sample(subject),
        _facts(subject),
        *_load(subject),
        *_contents(subject, funnel),
        *write_statistics(subject.statistics),
        *_splits(subject),
        *write_reviews(subject),
        *_making(subject, funnel),
        *_funnel(funnel),
        *write_rejections(subject),
        *_licences(subject),
        *_limits(subject, funnel),
        *_files(subject),
    ]
    return write_front_matter(subject) + "\n" + "\n\n".join(parts) + "\n"


def _show_sample(subject: Subject) -> Iterator[str]:
    if subject.images and subject.counts.records:
        yield "Look at some of them: open [sample.html](sample.html) in a browser; it needs no network."


def _facts(subject: Subject) -> str:
    dataset, counts, version = subject.dataset, subject.counts, subject.version
    rows: list[tuple[str, str]] = [("Dataset", code(dataset.name))]
    if dataset.tags:
        rows.append(("Tags", ", ".join(escape(tag) for tag in dataset.tags)))
    if version is not None:
        about = f": {escape(version.description)}" if version.description else ""
        rows.append(("Version", f"{code(version.name)}, frozen on {version.created_at.date()}{about}"))
    chosen = subject.conditions
    if chosen:
        rows.append(("Chosen by", ", ".join(code(f"{name}={value}") for name, value in chosen.items())))
    if subject.limit is not None:
        rows.append(("Limited to", f"the first {subject.limit:,} records"))
    if counts.first is not None and counts.last is not None:
        rows.append(("Made", f"{counts.first.date()} to {counts.last.date()}"))
    rows += [
        ("Records", f"{counts.records:,}"),
        ("Images", f"{counts.images:,} different ones" + ("" if subject.images else ", not in this export")),
        ("Digest", f"{code(counts.digest)}, the SHA-256 of the records' ids in order"),
        ("Format", f"{code(subject.format)}, for {subject.layout.consumer}"),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def _load(subject: Subject) -> Iterator[str]:
    yield "## Load it"
    yield f"In this folder:\n\n```python\n{subject.layout.load.strip()}\n```"
    yield (
        "Boxes are `[x1, y1, x2, y2]`, half-open, in pixels of the image that they are in, unless the format has its "
        f"own convention. docs/datasets.md of imgdiff describes every field, in its section `{subject.format}`."
    )


def _contents(subject: Subject, funnel: Funnel) -> Iterator[str]:
    counts = subject.counts
    yield "## Contents"
    yield table(("verdict", "pairs"), _count(counts.verdicts))
    proposed = next(step.regions.entered for step in funnel.steps if step.step is Step.EVIDENCE)
    yield f"Places that differ, out of {count_of(proposed, 'proposal')} that detection made:"
    yield table(("change", "places"), _count(counts.changes))
    yield f"With a question that has two options: {count_of(counts.questions, 'pair')}."


def _splits(subject: Subject) -> Iterator[str]:
    counts = subject.counts
    yield "## Splits"
    yield "All pairs of one scene are in one split."
    rows = [(split, f"{counts.splits[split]:,}", f"{counts.scenes[split]:,}") for split in Split]
    yield table(("split", "pairs", "scenes"), rows)


def _making(subject: Subject, funnel: Funnel) -> Iterator[str]:
    counts = subject.counts
    yield "## How it was made"
    yield table(("origin", "pairs"), _count(counts.origins))
    attempts = funnel.tries.made - counts.records
    policies = ", ".join(f"{code(policy)} ({count:,})" for policy, count in sorted(counts.policies.items()))
    versions = ", ".join(f"{escape(version)} ({count:,})" for version, count in sorted(counts.versions.items()))
    yield (
        "`upload`: a pair that a client sent; the others are edits that imgdiff made of a photo or a caption. "
        f"Earlier attempts at these pairs that were rejected: {attempts:,}. "
        f"Pairs by policy: {policies or 'none'}; by version of imgdiff: {versions or 'none'}."
    )
    if subject.models:
        yield "Models:"
        rows = [
            (one.stage, escape(one.name), escape(one.version), escape(one.licence), f"{count:,}", code(one.sha256))
            for one, count in subject.models
        ]
        yield table(("stage", "model", "version", "licence", "pairs", "SHA-256 of the weights"), rows)
    yield from write_thresholds(subject)


def _funnel(funnel: Funnel) -> Iterator[str]:
    yield "## Funnel"
    yield (
        "What the gates refused of these records' pairs and of their places. A pair that was refused keeps its record, "
        "and its verdict is not `different`; a filter of the export by `verdict` leaves it out."
    )
    rows = [
        (
            step.step.replace("_", " "),
            *(f"{value:,}" for flow in (step.pairs, step.regions) for value in (flow.entered, _refused(flow))),
            _why(step.pairs, step.regions),
        )
        for step in funnel.steps
        if step.pairs.entered or step.regions.entered
    ]
    yield table(("gate", "pairs", "refused", "places", "refused", "why"), rows)
    codes = dict.fromkeys(name for step in funnel.steps for flow in (step.pairs, step.regions) for name in flow.dropped)
    if codes:
        known = sorted((name for name in codes if name in BY_CODE), key=lambda name: (step_of(name), name))
        yield "\n".join(f"- {code(name)}: {escape(BY_CODE[name].meaning)}" for name in known)


def _refused(flow: Flow) -> int:
    return sum(flow.dropped.values())


def _why(pairs: Flow, regions: Flow) -> str:
    names = dict.fromkeys((*pairs.dropped, *regions.dropped))
    return ", ".join(code(name) for name in names)


def _licences(subject: Subject) -> Iterator[str]:
    yield "## Licences"
    yield (
        f"Of the photos: {NOT_STATED}. Clients send photos without a licence; whoever publishes this dataset has to "
        "know it. [licences.json](licences.json) names every model, and every donor that an edit copied from."
    )
    if subject.donors:
        rows = [(escape(licence), f"{count:,}") for licence, count in subject.donors.most_common(_SHOWN)]
        yield table(("licence of donors", "donors"), rows)


def _limits(subject: Subject, funnel: Funnel) -> Iterator[str]:
    counts = subject.counts
    checks = funnel.sentences
    checked = sum(checks.model_dump().values())
    lines = [
        "Sentences, nouns and boxes are made by machines; what people made of them is told above, if they looked.",
        f"Sentences that rest on one source alone (`unverified`): {checks.unverified:,} of {checked:,} checked ones.",
        "Sentences that the evidence contradicted were replaced or left out.",
        f"Without a confidence: {count_of(counts.uncalibrated, 'pair')}. Others were calibrated on generated pairs.",
        "Captions are in English. A change that no gate let pass is in no sentence, so a text need not be complete.",
        "Nothing was done about faces, number plates or other personal data in the photos.",
    ]
    if counts.regenerated:
        lines.append(
            f"In {counts.regenerated:,} pairs a network made every pixel of the second image, not of one place."
        )
    yield "## Limits"
    yield "\n".join(f"- {line}" for line in lines)


def _files(subject: Subject) -> Iterator[str]:
    groups = [group for group in subject.layout.files if subject.images or not group.images]
    rows = [(code(group.includes), group.description) for group in groups]
    beside = [
        ("croissant.json", "This export in Croissant's vocabulary."),
        ("licences.json", "Licences of models and donors."),
        ("funnel.json", "The funnel above, with every reason."),
        ("statistics.json", "The statistics above, with up to 1,000 names."),
        ("sample.jsonl", "Up to ten records as documents of imgdiff."),
        *([("sample.html", "The same with their images.")] if subject.images else []),
    ]
    yield "## Files"
    yield table(("file", "what it holds"), [*rows, *((code(name), text) for name, text in beside)])


def _count(counts: Counter[Any]) -> list[tuple[str, str]]:
    """Rows by descending count, then by name."""
    return [(code(name), f"{count:,}") for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
