"""Run Alembic inside the connection that `gateway.store.migration` passes."""

from alembic import context

from gateway.store import idempotency as _idempotency  # noqa: F401
from gateway.store.access import tables as _access  # noqa: F401
from gateway.store.batches import tables as _batches  # noqa: F401  its tables join the metadata
from gateway.store.counts import tables as _counts  # noqa: F401
from gateway.store.isolation import tables as _isolation  # noqa: F401
from gateway.store.jobs import tables as _jobs  # noqa: F401
from gateway.store.library import tables as _library  # noqa: F401
from gateway.store.order import tables as _order  # noqa: F401
from gateway.store.results import tables as _results  # noqa: F401
from gateway.store.retention import tables as _retention  # noqa: F401
from gateway.store.reviews import tables as _reviews  # noqa: F401
from gateway.store.scenes import tables as _scenes  # noqa: F401
from gateway.store.tables import Row
from gateway.store.webhooks import tables as _webhooks  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="gateway.store.tables.",
)
with context.begin_transaction():
    context.run_migrations()
