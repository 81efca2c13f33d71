"""The set with quick services and a supervisor that waits longer for an answer: `... patient_set DATA PORT`.

Thousands of drawn requests on a busy machine keep a gateway from its probes for longer than a hang takes elsewhere.
"""

import sys
from pathlib import Path

from benchmarks.chaos import quick_set

_PATIENCE = 120.0  # seconds of silence before a restart; requests themselves have 60; chosen, not measured

if __name__ == "__main__":
    quick_set.main(Path(sys.argv[1]), int(sys.argv[2]), patience=_PATIENCE)
