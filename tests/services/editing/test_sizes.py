"""Things have usual sizes, and what is beyond comparison has no ratio."""

from services.editing.sizes import height_of, ratio
from services.embedded.detector import detected_labels


def test_every_label_of_the_detector_has_a_height() -> None:
    assert all(height_of(label) for label in detected_labels())


def test_a_dog_is_smaller_than_a_person_and_a_cup_is_beyond_comparison_with_a_bus() -> None:
    assert 0.2 < (ratio("dog", "person") or 0) < 0.5
    assert ratio("cup", "bus") is None
    assert ratio("spaceship", "person") is None
