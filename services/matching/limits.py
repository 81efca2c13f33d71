"""The matchers' thresholds and sizes.

Cosines of different networks are not on one scale, so each brings its own thresholds where the paper's do not apply.
"""

from collections.abc import Mapping

# Embedded: of 57 objects in photos, cut out at sure detections, 96 % of the true nouns match above 0.25 and 53 % of
# random other nouns below it. Captions of different nouns stay below 0.65, of one noun in two colours below 0.8.
EMBEDDED_THRESHOLDS: Mapping[str, float] = {"caption.mismatch": 0.25, "caption.too_similar": 0.85}
# CLIP's cosines of picture and text hardly pass 0.4 (Hessel et al., CLIPScore, 2021); 0.22 is chosen, 0.85 the paper's.
CLIP_THRESHOLDS: Mapping[str, float] = {"caption.mismatch": 0.22, "caption.too_similar": 0.85}
# BLIP: `itc` is the paper's score (section 15.3); `itm` 0.5 is even odds, chosen.
BLIP_THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    "itc": {"caption.mismatch": 0.4},
    "itm": {"caption.mismatch": 0.5},
}

BLIP_TOKENS = 64  # of a caption, all padded to as many; chosen
REMEMBERED_VECTORS = 4096  # sentence vectors of 384 floats; chosen
