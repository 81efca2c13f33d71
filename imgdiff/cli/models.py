"""`imgdiff models`: list, fetch and verify the weight files."""

import typer

models = typer.Typer(help="Weight files: list, fetch, verify.", no_args_is_help=True)
