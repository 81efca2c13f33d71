"""A flag that says the caller no longer wants the answer."""

import threading

from imgdiff.errors import WorkCancelled


class Cancellation:
    """Set by the event loop when the client has gone; checked by the model thread between steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Say that nobody waits any more."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits any more."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise WorkCancelled if nobody waits any more."""
        if self.cancelled:
            raise WorkCancelled("the caller has gone")
