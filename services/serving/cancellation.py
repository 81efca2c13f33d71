"""A flag that cancels work whose client has disconnected."""

import threading

from imgdiff.errors import WorkCancelled


class Cancellation:
    """Set by the event loop when the client disconnects; checked by the model thread between steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Set the flag."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the flag is set."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise WorkCancelled if the flag is set."""
        if self.cancelled:
            raise WorkCancelled("the client has disconnected")
