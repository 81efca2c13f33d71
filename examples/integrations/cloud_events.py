"""Print every record of a data set as a CloudEvent, one a line, as brokers take them.

python examples/integrations/cloud_events.py http://127.0.0.1:8000 mine
"""

import json
import sys

import httpx
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

gateway, dataset = sys.argv[1:]
path: str | None = f"/v1/datasets/{dataset}/records"
with httpx.Client(base_url=gateway, headers={"Accept": "application/cloudevents-batch+json"}) as client:
    while path:
        page = client.get(path).raise_for_status()
        for document in page.json():
            event = JSONFormat().read(CloudEvent, json.dumps(document))
            print(JSONFormat().write(event).decode())
        path = page.links.get("next", {}).get("url")
