"""The `imgdiff` command."""


def main() -> None:
    """Run the command; the console script."""
    from imgdiff.cli.app import app  # noqa: PLC0415  so that importing one submodule does not build the whole command

    app(prog_name="imgdiff")
