"""Create a project of Label Studio whose tasks imgdiff predicts, and import tasks with two images.

imgdiff label-studio --print-config > label_config.xml
imgdiff label-studio --label-studio http://127.0.0.1:8080 &
python examples/integrations/label_studio.py http://127.0.0.1:9090 label_config.xml tasks.json
"""

import json
import os
import sys
from pathlib import Path

from label_studio_sdk import LabelStudio

backend, config, tasks = sys.argv[1:]
client = LabelStudio(base_url=os.environ["LABEL_STUDIO_URL"], api_key=os.environ["LABEL_STUDIO_API_KEY"])
project = client.projects.create(title="pairs", label_config=Path(config).read_text())
client.ml.create(project=project.id, url=backend, title="imgdiff", is_interactive=True)
client.projects.import_tasks(id=project.id, request=json.loads(Path(tasks).read_text()))
print(project.id)
