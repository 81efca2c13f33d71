"""The keys of one gateway: `python -m gateway.access`, or `imgdiff keys`."""

from gateway.access.commands import keys

if __name__ == "__main__":
    keys(prog_name="imgdiff keys")
