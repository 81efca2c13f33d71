"""The matchers' thresholds and sizes.

Cosines of different networks are not on one scale, so each brings its own thresholds where the paper's do not apply.
"""

from collections.abc import Mapping

# Embedded: of 57 objects in photos, cut out at sure detections, 96 % of the true nouns match above 0.25 and 53 % of
# random other nouns below it. Captions of different nouns stay below 0.65, of one noun in two colours below 0.8.
# Of 26 other objects, named by the detector, none matches its noun below 0.25; 38 % match it above 0.5, and 8 % of
# empty places of the same photos do.
EMBEDDED_THRESHOLDS: Mapping[str, float] = {
    "caption.mismatch": 0.25,
    "caption.too_similar": 0.85,
    "question.mismatch": 0.25,
    "question.still_shown": 0.5,
}
# CLIP's cosines of picture and text hardly pass 0.4 (Hessel et al., CLIPScore, 2021); 0.22 is chosen, 0.85 the paper's.
CLIP_THRESHOLDS: Mapping[str, float] = {
    "caption.mismatch": 0.22,
    "object.mismatch": 0.22,
    "caption.too_similar": 0.85,
    "question.mismatch": 0.22,
    "question.still_shown": 0.22,
}
# SigLIP's cosines of a true pair are about 0.1 (its sigmoid is even at 0.14, by the published scale 117.3 and bias
# -16.5 of ViT-B/16); both chosen, not measured.
SIGLIP_THRESHOLDS: Mapping[str, float] = {
    "caption.mismatch": 0.05,
    "object.mismatch": 0.05,
    "caption.too_similar": 0.85,
    "question.mismatch": 0.05,
    "question.still_shown": 0.05,
}
# BLIP: `itc` is the paper's score (section 15.3); `itm` 0.5 is even odds, chosen, and 0.4 Data-Juicer's recipe's.
BLIP_THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    "itc": {"caption.mismatch": 0.4, "object.mismatch": 0.35, "question.mismatch": 0.35, "question.still_shown": 0.2},
    "itm": {"caption.mismatch": 0.5, "object.mismatch": 0.4, "question.mismatch": 0.5, "question.still_shown": 0.5},
}

# Embedded objects: the detector's scores in the image and around the box. Of 76 objects of half of 44 COCO photos 96 %
# of the true nouns pass it and 1 % of four wrong ones each; of 105 of the other half 98 and 2 %.
EMBEDDED_OBJECT_THRESHOLDS: Mapping[str, float] = {"object.mismatch": 0.1}
LEAST_DETECTED = 0.05  # detection score below which nothing is reported
SURELY_DETECTED = 0.5  # detection score in the whole image from which the surroundings are not asked too; chosen
SURROUNDINGS = 0.5  # of the box's longer side, by which it grows; as in that measurement
OBJECT_FITS, OBJECT_COVERS = 0.3, 0.5  # IoU of object and box, or share of the smaller one inside the other; the same
REMEMBERED_SCENES = 16  # images whose objects are kept: those of one batch; chosen

BLIP_TOKENS = 64  # of a caption, all padded to as many; chosen
NOUN_TOKENS = 16  # of a noun, the same; chosen
CROPS_AT_ONCE = 32  # in a batch on a GPU; chosen
# On a processor batches gain nothing: BLIP-large's vision encoder takes 0.92 s a crop alone and 1.15 s among four
# (6 of its 24 layers, one core of a Xeon).
CROPS_AT_ONCE_CPU = 1
REMEMBERED_VECTORS = 4096  # sentence vectors of 384 floats; chosen
