"""The `imgdiff` command."""


def main() -> None:
    """Run the command; the console script."""
    from imgdiff.cli.app import app  # noqa: PLC0415  importing a submodule alone must not build the whole command

    app(prog_name="imgdiff")
