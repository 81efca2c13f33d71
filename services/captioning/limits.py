"""All limits of captioning: what bounds its work, and what decides an outcome.

Thresholds of requests are `imgdiff.rules.thresholds`; fitted weights are beside the code that `training` fits.
"Chosen" stands for chosen, not measured.
"""

# What the check reads and keeps of a text, in characters; all chosen.
LONGEST_TEXT = 600  # a longer text is `text.too_long`
QUOTED_OF_TEXT = 80  # in an objection
KEPT_OF_TEXT = 2000  # in `Check.written`
LONGEST_GIVEN_CAPTION = 2000  # read of a client's caption; the contract allows no longer ones

# What is read and kept of a language model's answer, in characters; all chosen.
LONGEST_PHRASE = 160  # a longer noun phrase is `text.too_long`
LONGEST_DESCRIPTION = 400  # what goes beyond is cut off after a sentence; 64 tokens have about 300
LONGEST_SENTENCE = 400  # and so is a longer difference
KEPT_OF_ANSWER = 400  # in `Check.written`
NOT_LATIN = 0.3  # share of letters of another script from which an answer is not English; chosen

# New tokens of an answer.
CONTENT_TOKENS = 64  # the authors' (paper, section 15.3)
DIFFERENCE_TOKENS = 128  # the same

# Yes or no about the crop of a region; all chosen.
YES_NO_TOKENS = 2  # new tokens of an answer; the first one counts
LIKELIEST_TOKENS = 20  # of the first one, with their probabilities: the most that OpenAI and vLLM return
YES_NO_MASS = 0.5  # probability of yes and no together, below which the answer is neither
CERTAIN_YES, CERTAIN_NO = 0.8, 0.2  # of yes against no; between them the model cannot tell
ASKED_SIDE = 448  # pixels a side of the crop; 196 tokens of Qwen3-VL
MOST_ASKED_NOUNS = 8  # of a region

# Memory and batches; all chosen.
CAPTIONED_PIXELS = 16_000_000  # of an image; a larger pair is described at this size
REMEMBERED_NOUNS = 1024  # nouns, a kilobyte each
KEPT_DATA_URLS = 4  # the same two images are sent for every region
PREPARED_BATCHES = 8  # batches whose pixels are prepared at once
THOUGHT_TOKENS = 16  # at the end of a prompt, in which a chat template may open a thought
PADDING_TOKENS = 64  # a prompt is padded to a multiple, so that its length does not depend on its batch
MOST_PIXELS = 2**21  # of an image for a local model: full HD stays as it is, 2,048 tokens of Qwen3-VL
MOST_ASPECT = 100  # longer side over shorter side; Qwen's processor refuses 200
MOST_PLACES_LISTED = 3  # in a sentence about several equal changes; chosen

# When a region's images are inspected; all chosen.
INSPECTED_FROM = 0.2  # probability of a thing from which the networks are asked what it is
SAME_THING = 0.6  # cosine of two cut-outs' embeddings from which they show one thing
SMALL_THING = 0.004  # share of the picture below which a thing is called small
CLASSIFIED_FROM = 16  # pixels a side below which a crop is not classified
VISIBLE_DIFFERENCE = 4.0  # mean CIELAB distance inside below which two places do not differ

# Which image shows a thing, by a probability that `python -m training.naming` calibrates; both chosen.
SHOWS_THING = 0.5
BOTH_SHOW_THINGS = 0.65  # more, since one thing that came is likelier than one in another's place
# When one image clearly shows a thing and the other ground, where no noun says so. Chosen on regions that were called
# added or removed without a noun, of food trays, edited portraits, webcams, a parking lot and own edits: 20 wrong -> 6,
# 70 right -> 56. Held out, aerial pairs and other edits: 23 wrong -> 3, 27 right -> 16. The others `changed`.
CLEARLY_ONE_SIDED = 3.0  # log odds of a thing, of one image above the other
GROUND_ANOMALY = 5.0  # CIELAB distance up to which the other one continues its surroundings
GROUND_OUTLINE = 30.0  # CIELAB step up to which it has no contour there, as letters have

# When a name is given; all chosen on photos that `python -m training.naming` leaves out.
LIKELY_NAME = 0.3  # probability from which a thing may be called so where a caption does
SURE_CLASS = 0.85  # probability from which a class is the name
SURE_KIND = 0.85  # probability from which the kind of several classes is
SEEN_IN_PLACE = 0.2  # detection score in the surroundings that a name needs: cut-outs alone show what is not there
NAMED_FROM = 16  # pixels of the shorter side below which nothing is named; chosen
WELL_CLASSIFIED_FROM = 64  # pixels of the shorter side from which the classifiers can contradict the detector
CONTRADICTED = 0.2  # probability of all classes of a noun below which they do
CONFIRMED = 0.3  # probability of all classes of a noun from which a classifier confirms the detector; chosen
ABSENT_BELOW = 0.2  # detection score below which the other image lacks a thing; chosen

# Detections around a region; all chosen.
DETECTED_FROM = 0.05  # score; naming weighs low ones
FITTING_IOU = 0.35  # IoU of detection and thing: a cup on its saucer fits
COUNTED_SCORE = 0.4  # of a thing that is counted
INSIDE_REGION = 0.7  # share of a counted thing that lies in the region
FILLS_REGION = 0.8  # share of the region from which one thing fills it alone
COVERED_REGION = 0.5  # share of the region that counted things must cover
NEIGHBOUR_SCORE = 0.75  # of a neighbour that is named
NEIGHBOUR_GAP = 0.5  # gap to a neighbour as a share of the region's longer side

# What supports a claim; all chosen.
SEEN_SCORE = 0.3  # of a detection that confirms a noun
LIKELY_CLASSES = 0.3  # probability of all classes of a noun together that confirms it
OBJECT_IN_BOX = 0.5  # share of an object inside the box, or of the box on the object
OBJECT_FITS = 0.3  # IoU of object and box
SAME_OBJECT_IOU = 0.4  # IoU from which two detections are one object
MOST_COUNTED = 6  # objects; more cannot be counted surely
COLOUR_SUPPORTED = 0.1  # share of the changed pixels that supports a colour
SIMILAR_COLOUR_RULES = 0.4  # share from which a colour supports one that light turns into it
OFF_MIDDLE = 0.02  # share of a side on both sides of the middle that is neither left nor right
CENTRE = (0.3, 0.7)  # shares of both sides between which a place is in the centre

# Which image shows what captions or an instruction claim of one alone; both chosen.
MOST_CLAIMED_THINGS = 8  # nouns that are looked for at every region
UPHELD = 0.2  # by how much one place must support the claimed order, so that no other one speaks against it

# When a thing has one colour, in shares of its pixels; all chosen.
RULING_COLOUR = 0.55
FLAT_COLOUR = 0.85  # of what came to or left a drawing, and of a brown or grey thing in a photo
RIVAL_COLOUR = 0.25  # of a second colour, from which the thing has two

# Reading text.
TALLEST_TEXT = 120  # pixels of a line; chosen
MOST_GLYPHS = 1500  # parts of ink around a region; more are no text; chosen
MOST_LINES = 12  # of a region; chosen
MOST_WORDS = 40  # of a region; chosen
READ_REGIONS = 24  # of a pair; chosen
READ_PIXELS = 250_000  # of a region; what is larger is no line of text; chosen
SOLID = 0.9  # share of a region's pixels that changed alike, from which it is a shape and no text; chosen
# Probability of the least sure character, from which a text is stated: of 240 rendered and scanned regions read with a
# limit of 0.3, the right ones have 0.9 and more, five of eight false ones less than 0.75.
SURE = 0.8
SURE_DIGIT = 0.95  # of one digit that became another; any other single character is a symbol; chosen
LETTERS_OF_WORD = 1.8  # mean of three words and more; fewer are pieces of a line that runs another way; chosen
TEXT_EXPLAINS = 0.6  # share of the changed pixels that lie on the words, from which the text is what changed; chosen
READS_OTHERWISE = 0.2  # the same where both images have a text and it differs; chosen
MOST_TEXTS_LISTED = 5  # changed texts of a pair that its caption quotes; chosen
LONGEST_LINE = 8  # words of a line that is quoted whole where only a symbol in it changed; chosen
LONGEST_QUOTE = 60  # characters of a text that a sentence quotes; chosen

# Kind of change of a drawn region, by the edges of both images near its changed pixels.
LEAST_EDGES = 4  # pixels below which neither image has any; chosen
NO_EDGES = 0.12  # share of the other's edges up to which an image is empty there; chosen
RECOLOURED_EDGES = 0.9  # share of both images' edges that agree where only colours differ; chosen
RECOLOURED_EDGES_LOSSY = 0.75  # the same after compression; chosen
COLOUR_SCATTER = 0.3  # of the mean change: how far pixels of one colour may go apart that were recoloured; chosen
BARE = 0.85  # share of the changed pixels from which an image shows bare ground there; chosen
FEW_BARE = 0.3  # the same from which something came or went, and was not only recoloured; chosen
FRESH = 0.5  # share of the other image's ink in the box that must have come or gone, unlike a digit's stroke; chosen
KEPT_INSIDE = 0.8  # share of both images' edges inside the change that agree where a thing has another ground; chosen
FADED, FAINTER = 0.9, 0.75  # cosine and ratio of what both images show over their ground, where one is fainter; chosen
LEAST_FADED = 0.2  # share of the changed pixels at which both show it; chosen
BORDERED = 0.5  # excess of one image's border along the change, from which only that one shows a thing; chosen
SAME_DRAWING = 0.85  # correlation of what one place lost and another got, from which it moved; chosen
MOST_MOVES = 20  # places of either kind that are compared; chosen
KEPT_EDGES = 0.8  # share of one image's edges that the other keeps where something was only added; chosen
MOVED_PIXELS = 0.92  # correlation of a thing with its best place in the other image; chosen
LEAST_MOVE = 2  # pixels; chosen
