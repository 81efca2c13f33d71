"""Borders along a change."""

from services.captioning.drawn.evidence import DrawnEvidence, measure
from services.captioning.drawn.outline import continues, find_panel, keeps_inside, weigh_borders
from tests.services.captioning.pages import Page, changed_box

BLUE, GREY = (37, 99, 235), (225, 228, 232)


def _measure(page1: Page, page2: Page) -> DrawnEvidence:
    images = page1.pixels, page2.pixels
    return measure(images, changed_box(*images))


def test_the_border_belongs_to_the_image_that_shows_the_thing() -> None:
    bare, shape = Page(), Page().fill((60, 40, 200, 90), BLUE)
    assert weigh_borders(_measure(bare, shape)) == 1
    assert weigh_borders(_measure(shape, bare)) == -1


def test_a_thing_in_another_colour_has_its_border_in_both() -> None:
    evidence = _measure(Page().fill((60, 40, 200, 90), BLUE), Page().fill((60, 40, 200, 90), (200, 30, 30)))
    assert abs(weigh_borders(evidence)) < 0.3


def test_a_panel_with_a_soft_shadow_is_found_over_text() -> None:
    page = Page(size=(480, 200))
    covered = Page(size=(480, 200))
    for line in range(6):
        for one in (page, covered):
            one.write("Total amount due on Monday the twelfth", (40, 20 + 26 * line))
    for step in range(4):
        covered.fill((96 + step, 36 + step, 304 - step, 154 - step), (250 - 4 * step,) * 3)
    covered.fill((100, 40, 300, 150), (90, 90, 90)).fill((101, 41, 299, 149), (255, 255, 255))
    assert find_panel(_measure(page, covered)) == 2
    assert find_panel(_measure(covered, page)) == 1


def test_a_text_that_became_another_is_no_panel() -> None:
    evidence = _measure(Page().write("Upload", (60, 60), size=32), Page().write("Remove", (60, 60), size=32))
    assert find_panel(evidence) == 0


def test_only_text_that_stayed_is_kept_inside() -> None:
    text, lit = (
        Page().write("Total amount", (60, 60)),
        Page().fill((40, 50, 260, 90), GREY).write("Total amount", (60, 60)),
    )
    other = Page().fill((40, 50, 260, 90), GREY).write("Nothing left", (60, 60))
    assert keeps_inside(_measure(text, lit)) > 0.8
    assert keeps_inside(_measure(text, other)) < 0.8


def test_a_bar_goes_on_and_a_button_does_not() -> None:
    longer = _measure(Page().fill((60, 40, 160, 52), BLUE), Page().fill((60, 40, 240, 52), BLUE))
    assert continues(longer.wide2, longer)
    button = _measure(Page(), Page().fill((60, 40, 240, 52), BLUE))
    assert not continues(button.wide2, button)
