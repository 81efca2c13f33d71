"""As many open files as connections need."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from imgdiff.listening.files import allow_files
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(allow_files(1000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("soft", "hard", "printed"), [(256, 4096, "1000 1512"), (256, 1024, "512 1024")])
def test_the_limit_is_raised_as_far_as_the_system_lets_it(soft: int, hard: int, printed: str) -> None:
    script = SCRIPT.format(soft=soft, hard=hard)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == printed
