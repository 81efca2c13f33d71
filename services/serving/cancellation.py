"""A flag that cancels work whose client has disconnected, and a sign that the work goes on."""

import threading
import time

from imgdiff.errors import WorkCancelled


class Cancellation:
    """Set by the event loop when the client disconnects; checked by the model thread between steps."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._checked_at = 0.0

    @property
    def checked_at(self) -> float:
        """When the flag was last read, by `time.monotonic`: between its steps work gives this sign of life."""
        return self._checked_at

    def cancel(self) -> None:
        """Set the flag."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the flag is set."""
        self._checked_at = time.monotonic()
        return self._event.is_set()

    def check(self) -> None:
        """Raise WorkCancelled if the flag is set."""
        if self.cancelled:
            raise WorkCancelled("the client has disconnected")
