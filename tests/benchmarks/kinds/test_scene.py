"""Scenes draw their shapes inside their extents, at any scale."""

import numpy as np
import pytest

from benchmarks.kinds.scenes import SCENES, make_swatches


@pytest.mark.parametrize("name", SCENES)
def test_a_shape_draws_inside_its_extent(name: str) -> None:
    scene = SCENES[name](np.random.default_rng(3))
    whole = scene.draw()
    for shape in scene.shapes[:20]:
        differs = (whole != scene.without(shape.name).draw()).any(axis=2)
        for part in scene.named(shape.name):
            x1, y1, x2, y2 = part.extent()
            differs[max(0, y1) : y2, max(0, x1) : x2] = False
        assert not differs.any(), shape.name


def test_a_scene_at_twice_the_size_is_the_same_scene() -> None:
    scene = make_swatches(np.random.default_rng(1))
    small, large = scene.draw(), scene.draw(2)

    assert large.shape == (2 * small.shape[0], 2 * small.shape[1], 3)
    assert np.abs(large[1::2, 1::2].astype(int) - small).mean() < 1


def test_parts_belong_to_the_thing_that_their_name_begins_with() -> None:
    page = SCENES["page"](np.random.default_rng(1))

    assert {shape.name for shape in page.named("header")} == {"header", "header/title"}
    assert len(page.without("header").shapes) == len(page.shapes) - 2
