"""Measures what share of captions the embedded rewriter can edit, and prints edits to read.

`python -m benchmarks.rewrites --show replace` prints a table and the edits of one operation. The rewriter's tables
have been adjusted to the captions of `photo_captions.txt` (the default), not to those of `unseen_captions.txt`;
`--captions FILE` takes others.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

from imgdiff.records import Operation, Reason
from services.editing.backends.rewriters.selection import create_rewriter
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.settings import EditingSettings

CAPTIONS = Path(__file__).with_name("photo_captions.txt")


def main() -> None:
    """Edit every caption by every operation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=Path, default=CAPTIONS)
    parser.add_argument("--ranker", default="none", choices=["none", "smollm2"])
    parser.add_argument("--seed", type=int, default=0, help="seed of the first caption, one more for each next one")
    parser.add_argument("--show", type=Operation, action="append", default=[], help="print the edits of an operation")
    arguments = parser.parse_args()
    captions = arguments.captions.read_text().splitlines()
    rewriter = create_rewriter(EditingSettings(rewriter_ranker=arguments.ranker))
    print(f"{len(captions)} captions\n\n| operation | edited | ms a caption | why not |\n|---|---|---|---|")
    shown = []
    for operation in Operation:
        requests = [RewriteRequest(one, operation, None, None, arguments.seed + at) for at, one in enumerate(captions)]
        started = time.perf_counter()
        answers = rewriter.rewrite(requests)
        spent = 1000 * (time.perf_counter() - started) / len(captions)
        good = sum(isinstance(one, Rewrite) for one in answers)
        why = Counter(one.code for one in answers if isinstance(one, Reason))
        reasons = ", ".join(f"{code} {count}" for code, count in why.most_common())
        print(f"| {operation} | {good / len(captions):.0%} | {spent:.1f} | {reasons} |")
        if operation in arguments.show:
            shown += [
                f"{request.caption}\n    {_line(answer)}" for request, answer in zip(requests, answers, strict=True)
            ]
    print("", *shown, sep="\n")


def _line(answer: Rewrite | Reason) -> str:
    return answer.code if isinstance(answer, Reason) else f"{answer.caption2}  [{answer.before} > {answer.after}]"


if __name__ == "__main__":
    main()
