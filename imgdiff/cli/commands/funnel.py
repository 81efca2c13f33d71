"""`imgdiff funnel`: how many pairs and regions passed every gate, and how many would at other thresholds."""

from typing import Annotated

import typer

from imgdiff.cli.drawing.funnels import draw_funnel
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import URL_DEFAULT, AsJson, Url, parse_thresholds, session

Tried = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="CODE=VALUE", help="Also count at this threshold, from stored scores."),
]


def funnel(
    of: Annotated[str, typer.Argument(metavar="JOB_OR_DATASET", help="job_... or the name of a dataset.")],
    threshold: Tried = None,
    report: Annotated[bool, typer.Option("--report", help="Also try every gate at several thresholds.")] = False,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Pairs and regions that passed every gate, why the others did not, and what other thresholds would do."""
    output = Output(as_json)
    thresholds = parse_thresholds(threshold)
    with session(url, output) as client:
        with output.progress() as progress:
            progress.add_task(f"counting {of}", total=None)
            counted = client.funnel(of, thresholds=thresholds, report=report)
        output.result(counted, lambda console: draw_funnel(counted, console))
