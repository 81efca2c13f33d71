"""A tenant of a gateway, with one of everything, for tests of what another tenant sees of it."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

from imgdiff.records import Record

VERSION = "v1"


@dataclass(frozen=True)
class Tenant:
    """A tenant, and the ids of what it has by kind."""

    client: httpx.Client
    name: str
    key: str
    ids: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Ask the gateway."""
        headers = {"authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **arguments)

    def make(self, path: str, **arguments: Any) -> str:
        """Create something; returns its id."""
        made = self.send("POST", path, **arguments).raise_for_status().json()
        return str(made.get("id", made.get("name")))

    @property
    def secrets(self) -> set[str]:
        """What no other tenant may see."""
        return set(self.ids.values()) | {f"words of {self.name}"}


def picture(shade: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A PNG file; another shade is another picture."""
    out = io.BytesIO()
    Image.radial_gradient("L").point(lambda value: (value + shade) % 256).resize(size).convert("RGB").save(out, "PNG")
    return out.getvalue()


def upload(tenant: Tenant, shade: int, size: tuple[int, int] = (64, 48)) -> str:
    """Upload a picture; returns its id."""
    return tenant.make("/v1/assets", files={"image": ("a.png", picture(shade, size))})


def fill(
    tenant: Tenant, shade: int, record: Record, store: Callable[[Record, str], Record], give_up: Callable[[str], str]
) -> dict[str, str]:
    """One of everything: the same requests by each tenant, about pictures of its own.

    `give_up` makes a dead letter of a job and returns its id.
    """
    words, asset, dataset = f"words of {tenant.name}", upload(tenant, shade), f"of-{tenant.name}"
    url = f"https://{tenant.name}.example/events"
    webhook = tenant.make("/v1/webhooks", json={"url": url, "description": words})
    sides = [record.image1, record.image2]
    images = [upload(tenant, shade + 20 + at, (side.width, side.height)) for at, side in enumerate(sides)]
    image1, image2 = (side.model_copy(update={"asset": one}) for side, one in zip(sides, images, strict=True))
    shown = {"image1": image1, "image2": image2, "dataset": dataset, "caption": words, "scene": images[0]}
    kept = store(record.model_copy(update=shown), tenant.name)
    tenant.make(f"/v1/datasets/{dataset}/versions", json={"name": VERSION, "description": words})
    tenant.send("PATCH", f"/v1/datasets/{dataset}", json={"description": words}).raise_for_status()
    options = {"dataset": dataset, "metadata": {"note": words}}
    pair = {"image1": {"asset": asset}, "image2": {"asset": asset}, "options": options}
    job = tenant.make("/v1/difference-captions", json=pair)
    tenant.send("DELETE", f"/v1/jobs/{job}").raise_for_status()  # its event stream ends
    line = {"custom_id": words, "method": "POST", "url": "/v1/difference-captions", "body": pair}
    batch = tenant.make("/v1/batches", content=lines(line, line))
    tenant.send("DELETE", f"/v1/batches/{batch}").raise_for_status()
    place = {"label": words, "box": [4, 4, 30, 30], "source": words, "licence": "CC0-1.0"}
    donor = tenant.make("/v1/donors", json={"image": {"asset": asset}, **place})
    deliveries = tenant.send("GET", f"/v1/webhooks/{webhook}/deliveries").raise_for_status().json()["deliveries"]
    made = {"job": job, "record": kept.id, "batch": batch, "donor": donor, "asset": asset, "dataset": dataset}
    made |= {"webhook": webhook, "delivery": deliveries[0]["id"], "letter": give_up(job)}
    return made | {f"image{number}": image for number, image in enumerate(images)}


def lines(*lines: object) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)
