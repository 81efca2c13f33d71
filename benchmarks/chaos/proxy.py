"""A TCP proxy: `python -m benchmarks.chaos.proxy PORT TARGET`. SIGUSR1 makes every open connection half-open.

Such a connection forwards nothing any more and is not closed; a new one works.
"""

import asyncio
import signal
import sys

_CHUNK = 2**16


class Proxy:
    """Forwards connections until they are frozen."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._generation = 0

    def freeze(self) -> None:
        """Forward nothing more on the connections that are open."""
        self._generation += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        generation = self._generation
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = ((reader, there_writer), (there_reader, writer))
        await asyncio.gather(*(self._forward(one, other, generation) for one, other in ways), return_exceptions=True)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, generation: int) -> None:
        try:
            while chunk := await source.read(_CHUNK):
                if generation != self._generation:
                    continue
                sink.write(chunk)
                await sink.drain()
        finally:
            if generation == self._generation:
                sink.close()


async def main(port: int, target: int) -> None:
    """Serve until killed."""
    proxy = Proxy(target)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, proxy.freeze)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
