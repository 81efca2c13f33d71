"""What a second capture of one scene does to an image without changing the scene: light, weather, motion, lens, codec.

The ranges of all nuisances were chosen by eye, not measured.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from imgdiff.images import RGB
from training.captures import camera, light, motion, weather

Nuisance = Callable[[RGB, np.random.Generator], RGB]


class Step(NamedTuple):
    """One of `choices` is applied with probability `chance`."""

    chance: float
    choices: tuple[Nuisance, ...]


def capture_again(image: RGB, rng: np.random.Generator, kind: str) -> RGB:
    """Apply a few nuisances of one of `KINDS` in the order in which a camera makes them."""
    for step in _CHAINS[kind]:
        if rng.random() < step.chance:
            image = step.choices[int(rng.integers(len(step.choices)))](image, rng)
    return image


def choose_kind(rng: np.random.Generator) -> str:
    """One of `KINDS`."""
    return str(rng.choice(KINDS, p=_SHARES))


_CAMERA = (
    Step(0.25, (motion.rustle, motion.bend, motion.distort, camera.redraw)),
    Step(0.5, (motion.shift,)),
    Step(0.3, (camera.soften, camera.sharpen, camera.rescale, camera.defocus)),
    Step(0.25, (camera.add_grain,)),
    Step(0.06, (camera.remove_colour, camera.reduce_palette, camera.vignette)),
    Step(0.6, (camera.encode,)),
)
_MILD = (
    Step(0.2, (light.cast_shadows,)),
    Step(0.15, (light.relight,)),
    Step(0.5, (light.expose, light.expose_little)),
    *_CAMERA,
)
_OTHER_LIGHT = (
    Step(0.45, (light.turn_sun,)),
    Step(0.5, (light.cast_shadows, light.dapple, light.cast_shadows_of_buildings)),
    Step(0.4, (light.relight,)),
    Step(0.35, (light.redraw_sky,)),
    Step(0.6, (light.expose, light.expose_much, light.dusk)),
    *_CAMERA,
)
_WEATHER = (
    Step(0.3, (light.turn_sun, light.dapple)),
    Step(0.35, (light.redraw_sky,)),
    Step(0.45, (weather.change_season, weather.cover_with_snow, weather.wet_ground)),
    Step(0.6, (weather.rain, weather.let_snow, weather.fog, weather.drop_on_lens)),
    Step(0.4, (light.expose, light.expose_much)),
    *_CAMERA,
)
_CHAINS: dict[str, tuple[Step, ...]] = {"none": (), "capture": _MILD, "light": _OTHER_LIGHT, "weather": _WEATHER}
KINDS = tuple(_CHAINS)
_SHARES = (0.07, 0.4, 0.33, 0.2)  # probability of each kind
