"""What hostile clients cost a gateway: `python -m benchmarks.abuse` prints a table in Markdown."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.abuse.holding import ABUSES, hold
from benchmarks.abuse.images import damage_images
from benchmarks.local_gateway import forget_peak, peak_megabytes, run_gateway
from imgdiff.listening.files import allow_files

_IMAGES = 600
_EVERY_SECONDS = 0.1  # between two requests of the honest client; chosen, not measured
_ROW = "| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} |"


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


def main() -> None:
    """Measure one abuse after the other."""
    allow_files(max(number for number, _ in ABUSES.values()))
    image = (Path(__file__).parents[2] / "examples" / "before.jpg").read_bytes()
    print(
        "| abuse | ended as | seconds | more memory, MB | honest client: p99, ms | refused |\n|---|---|---|---|---|---|"
    )
    with TemporaryDirectory() as folder, _gateway(Path(folder)) as (url, process):
        httpx.post(f"{url}/v1/assets", files={"image": image})
        for name, (number, send) in ABUSES.items():
            with _measured(url, process, image) as row:
                endings, seconds = asyncio.run(hold(url, number, send))
            print(_ROW.format(f"{number} {name}", _tell(endings), seconds, *row))
        with _measured(url, process, image) as row:
            began, endings = time.monotonic(), _upload_damaged(url)
        print(_ROW.format(f"{_IMAGES} damaged images", _tell(endings), time.monotonic() - began, *row))


def _gateway(folder: Path) -> AbstractContextManager[tuple[str, int]]:
    return run_gateway(f"sqlite:///{folder}/imgdiff.db", folder / "assets")


@contextmanager
def _measured(url: str, process: int, image: bytes) -> Iterator[list[float]]:
    """Megabytes, milliseconds and refusals of what happens in the block; filled at its end."""
    row: list[float] = []
    forget_peak(process)
    before, honest = peak_megabytes(process), Honest(url, image)
    with honest.at_work():
        yield row
    row += [peak_megabytes(process) - before, honest.slowest, honest.refused]


def _upload_damaged(url: str) -> Counter[str]:
    with httpx.Client(base_url=url, timeout=60) as http:
        sent = (http.post("/v1/assets", files={"image": one.data}) for one in damage_images(_IMAGES))
        return Counter(str(answer.status_code) for answer in sent)


def _tell(endings: Counter[str]) -> str:
    return ", ".join(f"{number} {ending}" for ending, number in sorted(endings.items()))


if __name__ == "__main__":
    main()
