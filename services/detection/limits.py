"""The limits of detection in one place: what a pair may cost, and the thresholds that decide its answer.

Gates and the thresholds that a request may set are in `imgdiff/rules`; kernels and the like stay beside their code.
"Synthetic pairs" are those of `training/`: photos with an edit, taken twice through noise, light and compression.
"""

# Work
COMPARED_PIXELS = 3_000_000  # pixels at which a pair is compared; chosen, not measured
ALIGNED_SIDE = 720  # pixels of the longer side when aligning; keeps a photo of 1280 within 0.1 pixel (test_alignment)
FEATURES = 1000  # SIFT points an image; chosen, not measured
MAP_SIDE = 800  # pixels of the longer side, and of a tile, at which the change head was trained
TOKENS = 1024  # patch tokens an image; chosen, not measured
PROPOSALS = 400  # proposals of a pair; chosen, not measured
SPECKS = 20  # of those, the ones that are only reported with the reason why they were dropped; chosen, not measured
SHIFTED_PIXELS = 90_000  # area in which a local shift is searched; a larger difference is no misregistration

# Alignment
TRUSTED_SCORE = 0.35  # mean local ZNCC: unrelated pairs reach 0.29, related ones with 30 % pasted over 0.39
GOOD_SCORE, GOOD_SHARE = 0.6, 0.4  # ZNCC and share of agreeing corners at which the search ends; chosen, not measured
BETTER_SCORE = 0.01  # by which a later transform must exceed an earlier one; chosen, not measured
# Correlation of edge directions without a shift, in standard deviations above its median over shifts, and against the
# best other shift: each limit was measured alone on 955 pairs of unrelated photos and drawn pages, and both were never
# tested jointly on them. Of 8 registered aerial pairs that a ZNCC of 0.01-0.31 rejects 6 reach both.
IN_PLACE_DEVIATIONS, IN_PLACE_MARGIN = 5.5, 1.1
SHARED, LEAST_SHARED = 0.4, 0.1  # shares of either image that the other must show, and of image1: image2 may be a crop

# Light
UNDERSTOOD_LIGHT = 1.5  # grey levels of unexplained smooth difference: JPEG 60 leaves 1.3, other light 2 and more
BETTER_LIGHT = 0.8  # share of a simpler model's unexplained light that a richer one must stay below; chosen
GAIN = 0.9  # largest natural logarithm of a local gain; more is content; chosen, not measured
OFFSET = 40.0  # grey levels that the local field of light may shift; more is content; chosen, not measured

# Which kind of evidence is read
SAME_CAPTURE = 0.6  # share of equal pixels, and of equal edges, above which the rest is an edit; chosen, not measured
BINARY = 0.93  # share of black and white pixels above which an image is binary; chosen, not measured
# A drawing: shares of flat pixels, and of pixels in the commonest exact colours or in the commonest of 32 levels a
# channel after a median filter. Chosen between 12 sources of screens, charts, maps and documents (as sent, and as JPEG
# 95 to 50) and 15 of photos; no source was held out.
LOSSLESS_FLAT, LOSSLESS_COLOURS = 0.2, 0.6  # the same sources
LOSSLESS_CALM = 0.64  # of the pixels around edges: 0.67 and more as sent, at most 0.62 as JPEG 95, 0.52 as JPEG 85
CROWDED_FLAT, CROWDED_COLOURS = 0.35, 0.8  # below and above which a lossless map is one all the same; those sources
CROWDED_CALM = 0.1  # of the pixels around its edges: two maps have .13 and .15, clipped scans of pages up to .04
GRAINY_FLAT = 0.15  # share of flat pixels of a drawing without grain: pages as JPEG 40 have .5, scans .01 to .25
REGISTERED_DRAWING = 0.75  # ZNCC from which what lies on a rendering is a capture of it; chosen, not measured
COMPRESSED_FLAT, COMPRESSED_COLOURS, COMPRESSED_GATHERED = 0.04, 0.25, 0.58  # the same sources
SCANNED_GATHERED, SCANNED_STROKES = 0.85, 0.2  # and of thin strokes among what that filter removes
CLASSIFIED_PIXELS = 800_000  # of an image from which that is judged; chosen, not measured
CHANGE_FLOOR, CHANGE_FLOOR_EXACT = 18.0, 12.0  # grey levels of a change in two captures, in one; chosen, not measured
MISREGISTERED_EDGES = 0.12  # share of blocks with edges that differ while a pair is still misregistered; chosen
SHIFT_LEFT = 0.35  # share of a difference that may be left for a local shift to explain it; chosen, not measured
GATHERED = 1.9  # of `gather`; an unchanged photo in fifty reaches it after JPEG 60, fewer under shifts and turns
LIGHT_DOUBT = 1.2  # added to it for each grey level of light that is not understood; chosen, not measured

# Proposals
REGION_PEAK = 0.3  # probability that a region's surest cells must reach to be reported at all; chosen, not measured
REGION_BORDER = 0.5  # share of its peak down to which cells belong to a region; chosen, not measured
LIKELY = 0.5  # probability from which a cell or region counts as changed
WORTH_NETWORKS = 0.5  # probability without networks below which they find nothing either; chosen, not measured
PART = 0.3  # share of a small region's box inside a large one that makes it a part of it; chosen, not measured
MOSTLY_CHANGED = 0.3  # share of changed pixels above which the whole image is one region; chosen, not measured
BORDER_PIXELS, BORDER_FILL = 14, 0.05  # changed pixels, and share of a region's cells, that draw its border; chosen

# Objects that the captions exchange, where the map is sure of nothing
NAMED_SCORE = 0.35  # detection score from which an object is there: the detector's own default
NAMED_TWICE = 0.3  # IoU from which objects of both images are in one place; chosen, not measured
# Cosine of both crops below which they show two things. 22 objects of COCO photos, replaced by others or left, in a
# picture whose colours, texture and outlines drifted: replaced ones reach .62 (.54 on the half it was chosen on); of
# the ones that were left 1 is below it (0).
NAMED_SIMILARITY = 0.65
WIDE = 4.0  # times an object's area from which a region does not show where it is; chosen, not measured

# Confidences of proposals that no regression covers
NAMED_CONFIDENCE = 0.95  # of those 44 pairs 20 have such a proposal, and 19 of them an exchange
PIXELS_CONFIDENCE = 0.98  # changed pixels in one capture; chosen, not measured
SPECK_CONFIDENCE = 0.05  # too small or too faint; chosen, not measured
DRIFT_CONFIDENCE = 0.05  # a wide region around an exchanged object, under curate; chosen, not measured
SHIFTED_CONFIDENCE = 0.05  # explained by a local shift; chosen, not measured
FAINT_CONFIDENCE = 0.6  # small and faint: nearly all right after one nuisance, one in five after several at once
LONE_CONFIDENCE = 0.2  # small and faint where the change head sees nothing; chosen, not measured

# Pairs that no transform aligns; chosen on 22 COCO photos with pasted objects that were moved, removed and added
# between two views (15-40 degrees, zoom, tilt, other light); 22 other photos and canteen trays served as a check.
UNSEEN = 0.15  # matching cost above the pair's median from which a cell speaks for a change
SEGMENT_PRICE = 1.0  # excess, summed over its cells, that a segment must be worth
SEGMENT_CELLS = 3  # cells that a segment has at least
UNALIGNED_LIGHT = 13.0  # grey levels of light under which their crops are compared; chosen, not measured

# Movement of a thing from one region to another; chosen on synthetic pairs, not measured apart
MOVED_COSINE = 0.65  # of the thing here and there
MOVED_MARGIN = 0.04  # by which that must exceed the cosine of before and after at either place
MOVED_AREAS, MOVED_ASPECTS = 1.8, 1.6  # largest ratios of the two boxes
MOVED_FIGURE = 0.6  # by which image1 must show more of a thing at the place it left than at the other

# The pair as a whole
SHOWN_WHOLE = 0.97  # share of a frame that the other image shows, from which it counts as shown whole; chosen
SHOWN_ROUNDED = 0.94  # the same of two scales of one frame: Chromium's line heights, rounded at 1.75, leave .97
SAME_LIGHT = 2.5  # grey levels of unexplained light from which `same` is not said: faint real edits leave 2.7 and more
COMPARED_WHOLE = 0.95  # the same, below which `same` is not said of photos; chosen, not measured
SAME_SCALE = 0.01  # by which a drawn page may be scaled and still extend the other; chosen, not measured
OTHER_LIGHT = 0.2  # share of pixels that one tone curve leaves other, from which light may hide a change; chosen
COPIED = 2.0  # grey levels of smooth difference within which a cropped or turned photo is a copy; chosen, not measured
RELATED_SCORE = 0.2  # mean local ZNCC of one scene; two unrelated photos reach about 0.05
COVERED = 0.3  # share of changed pixels that two unrelated images always exceed
# Cosine of the whole images above which nobody may be sure of two scenes: three quarters of 946 pairs of unrelated
# photos stay below it, and so do not all places that were rebuilt within years, seen from the air, which reach 0.38.
UNRELATED_SIMILARITY = 0.35
UNRELATED_COST = 0.77  # median matching cost: one scene from two views reaches 0.73, unrelated photos 0.82
MISSED = 0.05  # share of synthetic pairs without any proposal in which something changed

LOUD = 64.0  # grey levels of mean excess at which the reported difference reaches 1 - 1/e; chosen, not measured

# Calibrated thresholds of the backends, by reason code; a request's thresholds override them.
# Cosines of the embedded networks, not of the paper's CLIP: photos that show a real change are between 0.80 and 0.985,
# the same scene in other light above 0.99; crops of what changed stay below 0.77, so that gate keeps the paper's 0.85.
# Generated pairs drift more: that of the authors' tests, which the paper's 0.9 keeps, has 0.73, an edited picture of
# Direct Inversion's gallery 0.75, pictures of two scenes up to 0.56.
EMBEDDED_THRESHOLDS = {"region.no_evidence": 0.5, "pair.too_different": 0.7, "pair.too_similar": 0.99}
PIXELS_THRESHOLDS = {"region.no_evidence": 0.5}
# Crops whose cosine is above 0.95, and masks of which less than a twentieth changed, show nothing to write about. The
# paper has no such limit (its 0.85 selects training data); this one was not measured on real weights.
SAM_THRESHOLDS = {"region.no_evidence": 0.05}
CROPS_AT_ONCE = 64  # embedded in one batch on a GPU; chosen
# On a processor both crops of a place: CLIP takes 81 ms a crop alone and 60 ms in a batch of two (53 and 39 ms in
# bfloat16, two Xeon cores with AMX). A batch is filled up, so more would cost pairs with few places.
CROPS_AT_ONCE_CPU = 2
# Cosines of other embedders are on other scales, and no weights were at hand to measure them: no gate uses them.
UNCALIBRATED_THRESHOLDS = {
    "region.no_evidence": 0.05,  # of the changed pixels
    "region.too_similar": None,
    "pair.too_similar": None,
    "pair.too_different": None,
}
# Predicted IoU that a mask must exceed: as in each model's own automatic mask generator.
SAM_IOU, SAM2_IOU = 0.88, 0.8
FOUND_AT = 0.5  # IoU of a found thing and a place from which it lies there; chosen, not measured

# Drawn pairs without compression. Chosen on 8 sources of screens, charts, maps and documents: macro F1 at IoU .3 is
# .97, on the source left out .97 as well.
RENDERED_PIXELS = 20_000_000  # of a pair that is compared at its full size; chosen, not measured
TIGHT_EDGES = 0.75  # share of common edges in half the tiles: documents as JPEG reach .81, captured boards .71
IN_PLACE_EDGES = 0.5  # share of edges that compressed drawings have in common where they need no alignment; chosen
SAME_PIXELS, SAME_LAYOUT = 0.5, 0.4  # share of equal pixels, or else of equal edges, of two states of a page; chosen
VISIBLE = 24  # grey levels above which one pixel counts; renderings of one page differ by up to 20
FAINT_FLAT = 6  # grey levels from which a flat area has another colour; renderers round by up to 5
FAINT_FLAT_PIXELS = 100  # of an area that is reported for so little; chosen, not measured
SURE_MASS = 120.0  # grey levels without anti-aliasing that a region has more of: half a pixel from black to white
SPARSE_SHARE, SPARSE_FILL = 0.4, 0.15  # of the page, and of its box, of a region that falls apart; chosen
GAP_ACROSS, GAP_DOWN = 15, 9  # pixels within which changed pixels are one region: words of a line, not two lines
SCALED_SIDE = 1920  # pixels of the longer side above which gaps grow with the page; chosen, not measured
LEAST_SHIFTED_ROWS, MOST_REPEATS = 12, 4  # rows of a shift: one line of text; how often a row that shows it may repeat
SHIFT_EXPLAINS = 0.8  # share of either image's rows that the other has, too, shifted; chosen, not measured
SHIFT_GAP, STRIP_GAP = 16, 12  # blank rows within what came or went, columns between two columns of text; chosen
LEAST_CAME, SHIFTED_ALIKE = 3, 0.05  # rows of what came or went; share of pixels that smoothing lets differ; chosen
ENCLOSED, LEAST_ENCLOSING = 0.9, 24  # share of a change inside another's outline, pixels of that one's side; chosen
DASH_WIDTH, DASH_GAP, LEAST_DASHES = 6, 2.5, 4  # pixels; gap over length; pieces of a dashed line; chosen, not measured
PALETTE_COLOURS, PALETTE_PIXELS = 256, 200_000  # colours that are mapped, pixels they are read from; chosen
PALETTE_LEAST, PALETTE_PURITY = 8, 0.75  # pixels read of a mapped colour, share of them that got one colour; chosen
TONE_AGREES = 0.95  # share of the mapped pixels that lie on that line; chosen, not measured
TONE_STRAIGHT = 3  # grey levels by which a mapped colour may miss a line through all: dimming rounds; chosen
TONE_SHARE, TONE_REST = 0.5, 0.5  # shares of the page, and of all but the ground, whose colours change with a tone
AREA_SHARE = 0.1  # of the page that a recoloured area covers to be a region of its own; chosen, not measured
DRAWN_CONFIDENCE = 0.95  # of 191 regions .95 are right at IoU .3; without any one of nine sources .93 to 1.0
FAINT_FLAT_CONFIDENCE = 0.6  # of 11 regions in four sources .64 overlap a change that their truth counts

# Two captures of a drawn page: compressed, scanned, scaled. Pages rendered by Chromium as JPEG 95 to 40, WebP 80 and
# 50, scans, and at scales 1.25 to 2. The window and `MISMATCH` were chosen on a table and a chart, with a dark page, a
# map, an article and code held out; the certain share, the doubt and the noise of JPEG after looking at all of them.
MATCHED_BLURS = (0.5, 0.8, 1.1, 1.6, 2.4, 3.5)  # sigmas in pixels that are tried
MATCHED_QUALITIES = (92, 80, 65, 50, 35)  # of JPEG that are tried
MATCHED_PIXELS = 200_000  # on which they are tried; chosen, not measured
MISMATCH_NOISE_IN_PLACE = 300.0  # grey levels squared that JPEG adds, times the square of 100 by its quality
MISMATCH_NOISE = 500.0  # grey levels squared that a scanner adds
MISMATCH_NOISE_SCALED = 1500.0  # the same of a page at another scale, whose lines are rounded to other pixels
MISMATCH_REACHES = ((1.0, 1.0), (2.0, 2.0))  # pixels of local shift: a scanner's transport moves a line by less
# Across and down, of a page at another scale, whose lines of text drift. Of 10 drawn pages at twice the scale 2 are
# flagged so (9 with 4 pixels across), and of 10 with another digit 10 are found, with 1 false region (30).
MISMATCH_REACHES_SCALED = ((2.0, 1.0), (12.0, 1.0))
MISMATCH = 0.2  # share of structure of a changed place: unchanged places reach .15 (held out .15), digits .29 (.29)
MISMATCH_CERTAIN = 0.24  # the same, from which it is more likely changed than not
COMPRESSED_MASS = 600.0  # grey levels in all that a region has more of
COMPRESSED_CONFIDENCE = 0.9  # above the second share: of 27 regions 25 are right at IoU .3, two more are parts of one
COMPRESSED_DOUBTED = 0.08  # between both: of 31 regions 1 is right
LEGIBLE_BLUR = 1.2  # sigma in pixels from which a page's small text is lost; chosen, not measured
PAPER_LIGHT = 15.0  # units of Lab lightness that a scanner's paper takes at most; chosen, not measured
