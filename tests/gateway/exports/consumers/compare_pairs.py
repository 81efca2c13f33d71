"""The pairs of a FiftyOne dataset are compared by a gateway. GATEWAY EXAMPLES ANSWER"""

import json
import sys
from pathlib import Path

import database_of_fiftyone  # noqa: F401  starts it, before FiftyOne reads its settings
import fiftyone as fo

from imgdiff.integrations.fiftyone.comparing import compare_pairs

gateway, examples, answer = sys.argv[1:]


def _refused(run):  # type: ignore[no-untyped-def]
    try:
        run()
    except Exception as error:  # noqa: BLE001  whatever it is
        return f"{type(error).__name__}: {error}"
    return None


def _make_pairs():  # type: ignore[no-untyped-def]
    """A pair, one whose second image is missing on disk, and one without a second sample."""
    pairs = fo.Dataset("pairs")
    pairs.add_group_field("group", default="old")
    for after in ("after.jpg", "absent.jpg", None):
        group = fo.Group()
        images = {"old": "before.jpg", "new": after}
        pairs.add_samples(
            [
                fo.Sample(str(Path(examples) / name), group=group.element(side))
                for side, name in images.items()
                if name is not None
            ]
        )
    return pairs


def _describe(sample):  # type: ignore[no-untyped-def]
    detections = None if sample.found is None else sample.found.detections
    return {
        "boxes": detections and [detection.bounding_box for detection in detections],
        "labels": detections and [[detection.label, detection.noun, detection.sentence] for detection in detections],
        "verdict": sample.found_verdict and sample.found_verdict.label,
        "pair": [sample.found_caption, sample.found_record, sample.found_problem],
        "again": sample.again_record,
    }


pairs = _make_pairs()
compare_pairs(pairs, "old", "new", field="found", url=gateway, dataset="labelled")
good = pairs.match(~fo.ViewField("found_problem").exists())
compare_pairs(good, "old", "new", field="again", url=gateway)
compare_pairs(good, "old", "new", field="again", url=gateway)  # once more, over the same fields
found = {
    "pairs": [{side: _describe(sample) for side, sample in group.items()} for group in pairs.iter_groups()],
    "nouns": pairs.count_values("found.detections.noun"),
    "refusals": [
        _refused(lambda: compare_pairs(pairs, "old", "newer", url=gateway)),
        _refused(lambda: compare_pairs(fo.Dataset("single"), url=gateway)),
        _refused(lambda: compare_pairs(pairs, "old", "new", url=gateway, max_regions=0)),
    ],
}
Path(answer).write_text(json.dumps(found, default=str))
