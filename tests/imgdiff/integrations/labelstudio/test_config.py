"""Labelling configurations are read for the names of whatever shows a pair."""

import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.integrations.labelstudio.config import read_names, write_config
from imgdiff.records import Change, Verdict

THEIRS = """<View>
  <Image name="left" value="$old"/><Image name="right" value="$new"/>
  <RectangleLabels name="boxes" toName="left"><Label value="Gone" predicted_values="removed"/></RectangleLabels>
  <RectangleLabels name="more" toName="right"><Label value="Added"/><Label value="Other"/></RectangleLabels>
  <Choices name="quality" toName="left"><Choice value="good"/></Choices>
  <Choices name="differs" toName="right">
    <Choice value="Yes" predicted_values="different"/><Choice value="SAME"/>
  </Choices>
  <TextArea name="note" toName="left" perRegion="true"/>
</View>"""


def test_our_own_configuration_names_everything() -> None:
    names = read_names(write_config())

    assert [(image.name, image.key, image.rectangles, image.brush, image.sentence) for image in names.images] == [
        (f"image{number}", f"image{number}", f"regions{number}", f"masks{number}", f"sentence{number}")
        for number in (1, 2)
    ]
    assert {image.rectangle_labels[change] for image in names.images for change in Change} == set(Change)
    assert (names.verdict, names.caption) == (("verdict", "image1"), ("caption", "image1"))
    assert list(names.verdicts) == [str(verdict) for verdict in Verdict]


def test_another_configuration_keeps_its_own_words() -> None:
    names = read_names(THEIRS)
    left, right = names.images

    assert (left.key, left.rectangles, left.sentence, right.sentence) == ("old", "boxes", "note", None)
    assert dict(left.rectangle_labels) == dict.fromkeys(map(str, Change), "Gone")  # its only label
    assert dict(right.rectangle_labels) == {"added": "Added"}
    assert (names.verdict, dict(names.verdicts)) == (("differs", "right"), {"different": "Yes", "same": "SAME"})
    assert (names.caption, left.brush) == (None, None)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("<View><Image name='a' value='$a'/></View>", "label_config.images"),
        ("<View", "label_config.broken"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><View>&b;</View>", "label_config.entities"),
        (" " * 200_001, "label_config.too_long"),
    ],
)
def test_what_shows_no_pair_is_refused(config: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_names(config)

    assert [(item.pointer, item.code) for item in refused.value.errors] == [("/label_config", code)]
