"""`imgdiff funnel`: count the pairs and regions that passed each gate, also at other thresholds."""

from typing import Annotated

import typer

from imgdiff.cli.drawing.funnels import draw_funnel
from imgdiff.cli.parameters import AsJson, Url, parse_thresholds, session
from imgdiff.client.settings import DEFAULT_URL

OtherThresholds = Annotated[
    list[str] | None,
    typer.Option(
        "--threshold", metavar="CODE=VALUE", help="Also count at this threshold, from stored scores; may be repeated."
    ),
]


def funnel(
    of: Annotated[str, typer.Argument(metavar="JOB_OR_DATASET", help="Id of a job, job_..., or name of a dataset.")],
    threshold: OtherThresholds = None,
    report: Annotated[bool, typer.Option("--report", help="Also count at several thresholds of every gate.")] = False,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Count the pairs and regions that passed each gate, and why the others did not."""
    thresholds = parse_thresholds(threshold)
    with session(url, as_json) as (client, output):
        with output.progress() as progress:
            progress.add_task(f"counting {of}", total=None)
            counted = client.funnel(of, thresholds=thresholds, report=report)
        output.result(counted, lambda console: draw_funnel(counted, console))
