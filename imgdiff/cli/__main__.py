"""`python -m imgdiff.cli`, the same as `imgdiff`."""

from imgdiff.cli import main

if __name__ == "__main__":
    main()
