"""Captions edited by the embedded rewriter: which share can be, and the edits themselves to read.

`python -m benchmarks.rewrites --show replace` prints a table and the edits of an operation. The captions
of `photo_captions.txt` were written after those that the tables were made with; the tables were adjusted to
them since. `unseen_captions.txt` has some that they were not. `--captions FILE` takes others.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

from imgdiff.records import Operation, Reason
from services.editing.backends.rewriters.selection import create_rewriter
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder
from services.editing.settings import EditingSettings

CAPTIONS = Path(__file__).with_name("photo_captions.txt")


def main() -> None:
    """Edit every caption in every way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=Path, default=CAPTIONS)
    parser.add_argument("--ranker", default="none", choices=["none", "smollm2"])
    parser.add_argument("--seed", type=int, default=0, help="of the first caption; each next one has the next")
    parser.add_argument("--show", type=Operation, action="append", default=[], help="print the edits of an operation")
    asked = parser.parse_args()
    captions = asked.captions.read_text().splitlines()
    rewriter = create_rewriter(EditingSettings(rewriter_ranker=asked.ranker))
    print(f"{len(captions)} captions\n\n| operation | edited | ms a caption | why not |\n|---|---|---|---|")
    shown = []
    for operation in Operation:
        orders = [RewriteOrder(one, operation, None, None, asked.seed + at) for at, one in enumerate(captions)]
        started = time.perf_counter()
        answers = rewriter.rewrite(orders)
        spent = 1000 * (time.perf_counter() - started) / len(captions)
        good = sum(isinstance(one, Rewrite) for one in answers)
        why = Counter(one.code for one in answers if isinstance(one, Reason))
        told = ", ".join(f"{code} {count}" for code, count in why.most_common())
        print(f"| {operation} | {good / len(captions):.0%} | {spent:.1f} | {told} |")
        if operation in asked.show:
            shown += [f"{order.caption}\n    {_said(answer)}" for order, answer in zip(orders, answers, strict=True)]
    print("", *shown, sep="\n")


def _said(answer: Rewrite | Reason) -> str:
    return answer.code if isinstance(answer, Reason) else f"{answer.caption2}  [{answer.before} > {answer.after}]"


if __name__ == "__main__":
    main()
