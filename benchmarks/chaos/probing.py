"""Asks a gateway for /livez again and again while it is disturbed, as an orchestrator does."""

import http.client
import math
import threading
import time
from urllib.parse import urlsplit

_PAUSE = 0.1  # seconds between two probes; chosen, not measured
_TIMEOUT = 5.0  # seconds for an answer; chosen, not measured


class Prober:
    """Probes inside its block; `seconds` has what each took, infinite for one without an answer."""

    def __init__(self, url: str) -> None:
        self.seconds: list[float] = []
        self._address = urlsplit(url).netloc
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Prober":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End after the probe that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE):
            self.seconds.append(self._probe())

    def _probe(self) -> float:
        """A probe over a connection of its own."""
        began = time.monotonic()
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT)
        try:
            connection.request("GET", "/livez")
            alive = connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            alive = False
        finally:
            connection.close()
        return time.monotonic() - began if alive else math.inf
