"""An honest client beside a hostile one, and how long it had to wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_EVERY_SECONDS = 0.1  # between two requests of the honest client; chosen, not measured


class Honest:
    """A client that asks for /livez and uploads an image again and again, and notes how long that took."""

    def __init__(self, url: str, image: bytes) -> None:
        self._url, self._image = url, image
        self._stop = threading.Event()
        self.milliseconds: list[float] = []
        self.refused = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Meanwhile."""
        thread = threading.Thread(target=self._work)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _work(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as http:
            while not self._stop.wait(_EVERY_SECONDS):
                for ask in (lambda: http.get("/livez"), lambda: http.post("/v1/assets", files={"image": self._image})):
                    began = time.perf_counter()
                    try:
                        self.refused += not ask().is_success
                    except httpx.TransportError:
                        self.refused += 1
                    self.milliseconds.append((time.perf_counter() - began) * 1000)

    @property
    def slowest(self) -> float:
        """99 of 100 answers were faster."""
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.99)] if self.milliseconds else 0.0
