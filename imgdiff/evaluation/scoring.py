"""Score the answers of a benchmark."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from imgdiff.errors import ServiceUnavailable
from imgdiff.evaluation.answers import Answer
from imgdiff.evaluation.letters import read_letter
from imgdiff.evaluation.report import Accuracy, Choices, Counts, Figure
from imgdiff.evaluation.samples import Benchmark, Sample

Answers = Mapping[str, Answer]


def count(benchmark: Benchmark, answers: Answers) -> Counts:
    """What became of the samples."""
    given = [answers.get(sample.id) for sample in benchmark.samples]
    pairs = zip(benchmark.samples, given, strict=True)
    return Counts(
        samples=len(given),
        answered=sum(answer is not None and answer.fault is None for answer in given),
        unreadable=sum(_is_unreadable(sample, answer) for sample, answer in pairs),
        refused=sum(answer is not None and answer.fault == "refused" for answer in given),
        failed=sum(answer is not None and answer.fault == "failed" for answer in given),
        skipped=benchmark.skipped,
    )


def score_choices(benchmark: Benchmark, answers: Answers) -> Choices:
    """Accuracy over all samples; one without a readable answer is wrong."""
    right = {sample.id: _is_right(sample, answers.get(sample.id)) for sample in benchmark.samples}
    groups = _gather(benchmark.samples, {sample.id: sample.group for sample in benchmark.samples})
    categories = _gather(benchmark.samples, {sample.id: sample.category for sample in benchmark.samples})
    whole = [all(right[one.id] for one in members) for members in groups.values()]
    return Choices(
        questions=Accuracy.share(sum(right.values()), len(right)),
        groups=Accuracy.share(sum(whole), len(whole)) if whole else None,
        categories={
            name: Accuracy.share(sum(right[one.id] for one in members), len(members))
            for name, members in sorted(categories.items())
        },
    )


def score_captions(benchmark: Benchmark, answers: Answers) -> tuple[Figure, ...]:
    """Figures over all samples; one without an answer counts as an empty sentence."""
    try:
        from imgdiff.evaluation.metrics.figures import measure  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        raise ServiceUnavailable("figures of captions need more packages: pip install 'imgdiff[eval]'") from error
    sentences = [_sentence(answers.get(sample.id)) for sample in benchmark.samples]
    return measure(sentences, [sample.references for sample in benchmark.samples])


def _gather(samples: Iterable[Sample], names: Mapping[str, str | None]) -> dict[str, list[Sample]]:
    gathered: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if (name := names[sample.id]) is not None:
            gathered[name].append(sample)
    return gathered


def _is_right(sample: Sample, answer: Answer | None) -> bool:
    return answer is not None and not answer.fault and read_letter(answer.text, sample.letters) == sample.answer


def _is_unreadable(sample: Sample, answer: Answer | None) -> bool:
    if not sample.letters or answer is None or answer.fault:
        return False
    return read_letter(answer.text, sample.letters) is None


def _sentence(answer: Answer | None) -> str:
    return "" if answer is None or answer.fault else answer.text
