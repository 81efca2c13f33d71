"""Admission to the queue: places by number and cost, taken before memory is, and how long until one is free."""

import math
from dataclasses import dataclass

from imgdiff.errors import Overloaded
from services.serving.metrics import ServiceMetrics

_SMOOTHING = 0.2  # weight of the newest batch in the estimate of seconds a cost; chosen, not measured
_SECONDS_A_MEGAPIXEL = 0.5  # until the first batch was measured; a pair of photos on two cores, in order of magnitude


@dataclass(eq=False)
class Place:
    """What one request takes in the queue until its batch begins; `cost` is in pixels."""

    cost: int


class Admission:
    """Counts who waits, with what that costs; used inside one event loop."""

    def __init__(self, most: int, most_cost: int, metrics: ServiceMetrics) -> None:
        self._most, self._most_cost, self._metrics = most, most_cost, metrics
        self._places: set[Place] = set()
        self._seconds_each = _SECONDS_A_MEGAPIXEL / 1e6

    @property
    def cost(self) -> int:
        """Of all that wait."""
        return sum(place.cost for place in self._places)

    def has_room(self, cost: int) -> bool:
        """Whether one more may wait; one that costs more than all may, only alone."""
        if not self._places:
            return True
        return len(self._places) < self._most and self.cost + cost <= self._most_cost

    def take(self, cost: int) -> Place:
        """A place; raises Overloaded, with a Retry-After by the cost of those that wait, where there is none."""
        if not self.has_room(cost):
            self._metrics.refused.inc()
            wait = max(1, math.ceil(self.cost * self._seconds_each))
            waiting = f"{len(self._places)} requests of {self.cost / 1e6:.0f} megapixels are waiting"
            limits = f"{self._most} requests and {self._most_cost / 1e6:.0f} megapixels"
            raise Overloaded(f"the queue is full ({waiting}; the limits are {limits})", retry_after=wait)
        place = Place(cost)
        self._places.add(place)
        self._report()
        return place

    def release(self, place: Place) -> None:
        """Give a place back, if it was not before."""
        self._places.discard(place)
        self._report()

    def learn(self, seconds: float, cost: int) -> None:
        """Take a finished batch into the estimate."""
        self._seconds_each += _SMOOTHING * (seconds / max(1, cost) - self._seconds_each)

    def _report(self) -> None:
        self._metrics.waiting.set(len(self._places))
        self._metrics.waiting_cost.set(self.cost)
