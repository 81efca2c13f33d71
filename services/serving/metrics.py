"""Prometheus metrics of a service; one registry for each app, none global."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Bounds of histograms; chosen, not measured. Seconds: Prometheus' own, extended to the slowest batches.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64)  # requests
_COSTS = (1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6, 128e6)  # pixels
_ROWS = (0, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # inputs of networks


class ServiceMetrics:
    """Counters of one service; `service` labels every series."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._answers = self._counter_by("status", "imgdiff_answers", "Answers by HTTP status.")
        self.waiting = self._gauge("imgdiff_queue_depth", "Requests waiting for the model.")
        self.waiting_cost = self._gauge("imgdiff_queue_cost", "Cost of these requests, in pixels.")
        self._steps_done = self._gauge("imgdiff_steps_done", "Denoising steps done for the images in work.")
        self._steps = self._gauge("imgdiff_steps", "Denoising steps that these images take; 0 while none is in work.")
        self.refused = self._counter("imgdiff_refused", "Requests answered 503 because the queue was full.")
        self.dropped = self._counter("imgdiff_dropped", "Queued requests whose client had disconnected.")
        self.batch_size = self._histogram("imgdiff_batch_size", "Requests in a batch.", _BATCHES)
        self.batch_cost = self._histogram("imgdiff_batch_cost", "Cost of a batch, in pixels.", _COSTS)
        self.queue_seconds = self._histogram("imgdiff_queue_seconds", "Wait before the model.", _SECONDS)
        self.work_seconds = self._histogram("imgdiff_work_seconds", "Seconds of a batch.", _SECONDS)
        self.halved = self._counter("imgdiff_halved", "Times that a network's batch was halved because memory ran out.")
        self._tokens = self._counter_by("kind", "imgdiff_tokens", "Tokens of language models.")
        self.cost = self._counter("imgdiff_cost", "Cost of these tokens, in the currency of the configured prices.")
        self._captions = self._counter_by("outcome", "imgdiff_captions", "Sentences by the outcome of their check.")
        self._features = self._counter_by("outcome", "imgdiff_features", "Networks' results: hit, or miss.")
        self._features_held = self._gauge("imgdiff_features_bytes", "Bytes of the networks' results that are kept.")
        self.pair_rows = self._histogram("imgdiff_rows", "Rows through networks per pair.", _ROWS)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, ("service",), registry=self.registry).labels(self._service)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, ("service",), registry=self.registry).labels(self._service)

    def _counter_by(self, label: str, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, ("service", label), registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        metric = Histogram(name, meaning, ("service",), buckets=buckets, registry=self.registry)
        return metric.labels(self._service)

    def answered(self, status: int) -> None:
        """Count one answer of the service's own route."""
        self._answers.labels(self._service, str(status)).inc()

    def stepped(self, done: int, of: int) -> None:
        """Report the progress of the images in work."""
        self._steps_done.set(done)
        self._steps.set(of)

    def spent(self, prompt: int, completion: int) -> None:
        """Count the tokens of one answer of a local language model."""
        self._tokens.labels(self._service, "prompt").inc(prompt)
        self._tokens.labels(self._service, "completion").inc(completion)

    def paid(self, prompt: int, completion: int, cost: float) -> None:
        """Count the tokens of one answer of a server, and their cost."""
        self.spent(prompt, completion)
        self.cost.inc(cost)

    def checked(self, outcome: str) -> None:
        """Count one checked sentence: verified, unverified, repaired or dropped."""
        self._captions.labels(self._service, outcome).inc()

    def remembered(self, known: bool, held: int) -> None:
        """Count one result of a network that was known, or had to be made; `held` is the bytes of all that are kept."""
        self._features.labels(self._service, "hit" if known else "miss").inc()
        self._features_held.set(held)

    def exposition(self) -> bytes:
        """All series in the Prometheus text format."""
        return generate_latest(self.registry)
