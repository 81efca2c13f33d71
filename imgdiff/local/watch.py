"""How long a child has been silent, and what it says is wrong."""

import asyncio

from imgdiff.local.probes import LOADING, READY, Health, Probe

START_SECONDS = 180.0  # for the first answer: about ten times what a start on two idle cores takes
_PAUSE = 1.0  # seconds between two questions; chosen, not measured
_MOST_A_LOOK = 1.0  # seconds counted between two looks, whatever passed: this process may have been stopped meanwhile


class Watch:
    """Asks one child again and again. Silence is counted in looks, so that no stop of this process counts."""

    def __init__(self, probe: Probe, patience: float) -> None:
        self.state = LOADING
        self._probe = probe
        self._patience = patience
        self._silent = self._rested = 0.0
        self._answered = False
        self._question: asyncio.Task[Health] | None = None

    @property
    def answered(self) -> bool:
        """Whether it has answered since its start."""
        return self._answered

    @property
    def answers(self) -> bool:
        """Whether it has answered lately."""
        return self._answered and self._silent < 3 * _PAUSE

    @property
    def ready(self) -> bool:
        """Whether it answers and works."""
        return self.answers and self.state == READY

    @property
    def trouble(self) -> str | None:
        """What keeps it from working."""
        return None if self.state in (READY, LOADING) else self.state

    @property
    def bound(self) -> float:
        """Seconds of silence after which it is taken to hang."""
        return self._patience if self._answered else max(START_SECONDS, self._patience)

    @property
    def hangs(self) -> bool:
        """Whether it has been silent for too long."""
        return self._silent > self.bound

    def restart(self) -> None:
        """Begin anew, with a new process."""
        self.close()
        self._probe.reset()
        self.state, self._answered, self._silent = LOADING, False, 0.0

    def excuse(self) -> None:
        """Count no silence, since its reason is elsewhere, and none until it can have recovered from that."""
        self._silent = -self._probe.recovery

    def look(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Count the seconds since the last look, take an answer, ask again."""
        self._silent += min(seconds, _MOST_A_LOOK)
        self._rested += seconds
        if self._question is None:
            if self._rested >= _PAUSE:
                self._question = loop.create_task(self._ask())
        elif self._question.done():
            self._take(self._question.result())
            self._question, self._rested = None, 0.0

    def close(self) -> None:
        """Drop the question that is open."""
        if self._question is not None:
            self._question.cancel()
            self._question = None

    def _take(self, health: Health) -> None:
        if health.alive:
            self._answered, self._silent = True, 0.0
        self.state = health.state

    async def _ask(self) -> Health:
        try:
            async with asyncio.timeout(self._patience):
                return await self._probe.ask()
        except (OSError, ValueError):
            return Health(alive=False, state=self.state)
