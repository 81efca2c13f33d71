"""`imgdiff webhooks`: name receivers of events, see what was sent to them, send it again."""

from itertools import islice
from typing import Annotated

import typer

from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.webhooks.documents import Delivery, DeliveryState, EventType, Webhook

webhooks = typer.Typer(help="Name receivers of events, see what was sent to them, send it again.", no_args_is_help=True)
WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Id of a webhook, whk_...")]
Events = Annotated[
    list[EventType] | None, typer.Option("--event", help="Type of an event to send; may be repeated. Default: all.")
]


@webhooks.command()
def create(
    receiver: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent.")],
    *,
    event: Events = None,
    description: Annotated[str, typer.Option(help="Your own note.")] = "",
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Name a receiver of events; prints its id and the secret that signs what is sent."""
    with session(url, as_json) as (client, output):
        made = client.webhooks.create(receiver, event or None, description)
        output.line(made, f"{made.id}\n{made.secret}")


@webhooks.command("list")
def list_webhooks(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """List webhooks, newest first, also those that requests named."""
    with session(url, as_json) as (client, output):
        for one in client.webhooks.list():
            output.line(one, _webhook_line(one))


@webhooks.command()
def enable(webhook: WebhookId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Send events to a webhook again, without a pause."""
    with session(url, as_json) as (client, output):
        changed = client.webhooks.change(webhook, enabled=True)
        output.line(changed, _webhook_line(changed))


@webhooks.command()
def disable(webhook: WebhookId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Send nothing more to a webhook, until it is enabled."""
    with session(url, as_json) as (client, output):
        changed = client.webhooks.change(webhook, enabled=False)
        output.line(changed, _webhook_line(changed))


@webhooks.command()
def secret(
    webhook: WebhookId,
    *,
    replace: Annotated[bool, typer.Option(help="Make a new one; the old one signs as well for 24 hours.")] = False,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Print the secret that signs the events of a webhook."""
    with session(url, as_json) as (client, output):
        found = client.webhooks.replace_secret(webhook) if replace else client.webhooks.secret(webhook)
        output.line(found, found.secret)


@webhooks.command()
def delete(webhook: WebhookId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Delete a webhook with its deliveries."""
    with session(url, as_json) as (client, output):
        client.webhooks.delete(webhook)
        output.line({"id": webhook, "deleted": True}, f"{webhook} deleted")


@webhooks.command()
def deliveries(
    webhook: WebhookId,
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most deliveries to list.")] = 20,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """List what was sent to a webhook or waits for it, newest first, with the last attempt."""
    with session(url, as_json) as (client, output):
        for one in islice(client.webhooks.deliveries(webhook, state=state), limit):
            output.line(one, _delivery_line(one))


@webhooks.command()
def replay(
    webhook: WebhookId,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Id of a delivery, msg_...")],
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Send an event again now, whatever has become of it."""
    with session(url, as_json) as (client, output):
        one = client.webhooks.replay(webhook, delivery)
        output.line(one, _delivery_line(one))


def _webhook_line(webhook: Webhook) -> str:
    state = "on" if webhook.enabled else f"off: {webhook.disabled_reason or 'disabled by request'}"
    return f"{webhook.id} {webhook.url} {state}"


def _delivery_line(delivery: Delivery) -> str:
    last = delivery.attempts[-1] if delivery.attempts else None
    said = "" if last is None else f", {last.error or f'answered {last.status}'}"
    times = len(delivery.attempts)
    tried = f"{times} attempt{'' if times == 1 else 's'}"
    return f"{delivery.id} {delivery.type} {delivery.subject} {delivery.state}, {tried}{said}"
