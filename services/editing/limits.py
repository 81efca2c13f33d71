"""Every limit on editing's work and every threshold that decides an outcome; kernel sizes are beside their code.

A value without a source was chosen, not measured.
"""

# Gates of edited photos that a request can move, by reason code.
GOOD_ANOMALY = 0.035
"""Anomaly score at which no better filling is searched. Of 163 filled places of COCO photos graded by eye, 81 % of the
good ones and 8 % of the broken ones score lower."""
LARGEST_JUDGED_HOLE = 0.25  # share of the photo; chosen: plainly broken places of 0.3 and 0.37 score 0.004 and 0.032
UNJUDGED = 1.0  # the score of what cannot be judged, so that it passes nowhere
PHOTO_THRESHOLDS = {
    "edit.image_too_small": 96,  # pixels of the shorter side
    "edit.too_small": 0.005,  # share of the photo
    "edit.too_large": 0.3,  # share of the photo
    "edit.strange": 0.04,  # anomaly score; three of four places between GOOD_ANOMALY and this were good by eye
    "edit.unsure_outline": 0.88,  # IoU of two outlines; measured, see `segmentation.measure_stability`
    "edit.not_recognised": 0.3,  # detection score
    "edit.joined": 0.15,  # share of the outline
}

# Gates of edited photos that are fixed.
LEAST_SEEN = 0.3  # detection score at which a thing counts as there
LEAST_OUTLINE_FIT = 0.75  # IoU of an outline's bounds with the detected box, which is tight
LEAST_VISIBLE_CHANGE = 10.0  # mean Lab distance at the place of an object that the detector does not know
LEAST_COLOUR_CHANGE = 22.0  # mean Lab distance; tried on photos: below it a red cup painted brown is hard to tell
LEAST_SCORE_WHEN_CONFIRMING = 0.25  # detection score; lower than the detector's own, so that remains are found
LEAST_SCORE_ALONE = 0.05  # detection score that is read of an object without its surroundings
SAME_PLACE = 0.5  # IoU of two boxes of one object
INSIDE = 0.3  # share of a detection inside a box from which it counts as a remainder of what was there
MOST_STICKING_OUT = 0.1  # anomaly score above the rim of an open thing or a support

# Object removal.
LONGEST_SEARCH_SIDE = 400  # pixels of the picture in which shifts are searched
MOST_LABELLED_PIXELS = 2_500  # of a hole while its seams are cut
MOST_MATCHED_PIXELS = 2_100_000
"""Of a hole's surroundings and ten times the hole: PatchMatch fills 1220 x 1220 pixels with a hole of 4 % in about 4 s
on one core, in 6 s beside other work."""
MOST_BLENDED_PIXELS = 25_000  # of a hole while its light is blended

# Attempts.
ATTEMPTS_PER_ROUND = 8  # of one pair
PLACES_TO_ADD, PLACES_TO_MOVE, PLACES_TO_COPY = 4, 4, 3  # attempts for one object
FILLINGS = 2  # of one place: made at least and kept at most, so that there is another where something is left

# Objects that are cut out and pasted.
LARGEST_SCALE = 1.5  # of a cutout; beyond it its pixels look soft
LEAST_ADDED_HEIGHT = 24  # pixels of an added object
LEAST_NEIGHBOUR_HEIGHT = 0.08  # share of the photo's height of an object that another one is put beside
MOST_ADDED_HEIGHT = 0.6  # share of the photo's height
LEAST_SOURCE_SHARE = 0.01  # of the source photo that the box of a source object covers
RELATIVE_SIZE = (0.6, 1.4)  # of a new object to the one that it replaces, in equal area
MOST_HEIGHT_RATIO = 6.0  # of two things beyond which their sizes are not compared
MOST_UNCOVERED = 0.2  # share of a filled place that stays visible around a new object without being scored
LEAST_GROUND_LIKENESS = 0.45  # cosine of the tokens below an object's foot at both places
MOST_OF_OLD_PLACE = 0.4  # share of a moved object's new box that its old one may cover
MOST_COVERED = 0.02  # share of a place's box that another object's box may cover

# Captions and the language model.
LONGEST_CAPTION = 20_000  # characters that are read
LONGEST_CAPTION_FOR_MODEL = 1_200  # characters
MODEL_ATTEMPTS = 2  # for one caption
MODEL_TOKENS = 384  # of an answer
MOST_EXTRA_WORDS = 12  # of an edited caption
LONGEST_CHANGE = 6  # words of a noun phrase
MOST_REPLACEMENTS = 24  # nouns that are ranked
DRAWN_FROM = 5  # of the best replacements
DRAWN_FROM_RANKED = 3  # where a language model ranked them

# Generated pairs.
PAIR_THRESHOLDS = {"edit.caption_mismatch": 0.2, "edit.off_direction": 0.2, "edit.too_different": 0.7}
"""CLIP's cosines: image to caption, change of the images to change of the captions, image to image; of InstructPix2Pix
(arXiv 2211.09800, 3.1.2)."""
SELF_SHARES = 0.1, 0.9  # range of the steps' share that candidates draw; InstructPix2Pix, 3.1.2
LEAST_PIXEL_CHANGE = 8.0
"""Mean difference of the channels, 0..255, smoothed, below which a place counts as unchanged."""

# Memory.
REMEMBERED_PIXELS = 64_000_000  # of all photos whose masks and fillings are kept
RETRY_SECONDS = 30  # after which a client asks again where memory ran out
