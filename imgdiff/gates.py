"""The gates: every reason code a record can carry, what it means, and the paper's threshold where it has one.

Cosines of different networks are not on one scale, so a backend brings its own calibrated thresholds and the values
here are the ones of the paper (section 15.3, CLIP ViT-B/32 and BLIP); a request's `thresholds` override both.
"""

from typing import Literal

from imgdiff.frozen import Frozen


class Gate(Frozen):
    """One gate."""

    code: str
    meaning: str
    drops_when: Literal["below", "above", "always", "never"]
    paper: float | None = None


GATES: tuple[Gate, ...] = (
    Gate(
        code="pair.too_different",
        meaning="The whole images are less similar than this.",
        drops_when="below",
        paper=0.90,
    ),
    Gate(
        code="pair.too_similar", meaning="The whole images are more similar than this.", drops_when="above", paper=0.98
    ),
    Gate(code="pair.identical", meaning="The two images have the same pixels.", drops_when="always"),
    Gate(code="pair.no_evidence", meaning="No region is left with evidence of a change.", drops_when="always"),
    Gate(code="pair.unrelated", meaning="The two images do not show the same scene.", drops_when="always"),
    Gate(code="pair.failed", meaning="A stage could not be finished for this pair.", drops_when="always"),
    Gate(code="alignment.not_found", meaning="No transform lays image2 over image1.", drops_when="never"),
    Gate(
        code="region.no_evidence",
        meaning="A change in the box is less probable than this; for backend sam: fewer of its pixels changed.",
        drops_when="below",
    ),
    Gate(
        code="region.too_similar", meaning="The two crops are more similar than this.", drops_when="above", paper=0.85
    ),
    Gate(
        code="region.too_small",
        meaning="The box covers less of the image than this share.",
        drops_when="below",
        paper=0.0025,
    ),
    Gate(
        code="region.overlap",
        meaning="IoU with a more different region is higher than this.",
        drops_when="above",
        paper=0.5,
    ),
    Gate(code="region.limit", meaning="More regions were found than were asked for.", drops_when="above"),
    Gate(
        code="object.mismatch",
        meaning="Neither crop shows an object of the captions with this score.",
        drops_when="below",
        paper=0.35,
    ),
    Gate(code="caption.mismatch", meaning="A caption matches its crop less than this.", drops_when="below", paper=0.4),
    Gate(
        code="caption.too_similar",
        meaning="The two captions are more similar than this.",
        drops_when="above",
        paper=0.85,
    ),
    Gate(code="caption.no_label", meaning="No model named what the region shows.", drops_when="never"),
    Gate(
        code="text.unsupported", meaning="The sentence names what that image does not show there.", drops_when="never"
    ),
    Gate(code="text.outside", meaning="The sentence names what lies outside the box.", drops_when="never"),
    Gate(code="text.wrong_image", meaning="The sentence takes one image for the other.", drops_when="never"),
    Gate(code="text.wrong_place", meaning="The sentence says another place than the box.", drops_when="never"),
    Gate(
        code="text.wrong_colour", meaning="The pixels have another colour than the sentence says.", drops_when="never"
    ),
    Gate(code="text.wrong_count", meaning="The sentence counts other than the evidence does.", drops_when="never"),
    Gate(code="text.empty", meaning="The language model wrote nothing.", drops_when="never"),
    Gate(code="text.refused", meaning="The language model refused to answer.", drops_when="never"),
    Gate(code="text.malformed", meaning="The language model's answer has not the form asked for.", drops_when="never"),
    Gate(code="text.language", meaning="The sentence is not in the language asked for.", drops_when="never"),
    Gate(code="text.too_long", meaning="The sentence is longer than one can check.", drops_when="never"),
    Gate(code="rewrite.no_noun", meaning="The caption names nothing that can be edited.", drops_when="always"),
    Gate(code="rewrite.target_not_found", meaning="The caption does not name the target.", drops_when="always"),
    Gate(
        code="rewrite.no_replacement",
        meaning="Nothing is known that would fit what the caption says of the thing.",
        drops_when="always",
    ),
    Gate(
        code="rewrite.not_sayable",
        meaning="The caption cannot say this edit by a change of one phrase.",
        drops_when="always",
    ),
    Gate(
        code="rewrite.same_thing",
        meaning="The replacement is what the target is, or a kind of it.",
        drops_when="always",
    ),
    Gate(code="rewrite.unchanged", meaning="The edited caption says the same as the given one.", drops_when="always"),
    Gate(
        code="rewrite.not_one_change",
        meaning="The edited caption differs in more than what was ordered.",
        drops_when="always",
    ),
    Gate(
        code="rewrite.ungrammatical",
        meaning="Article, number or verb of the edited caption do not agree.",
        drops_when="always",
    ),
    Gate(
        code="rewrite.chatter",
        meaning="The language model wrote of its answer, not only the answer.",
        drops_when="always",
    ),
    Gate(code="rewrite.language", meaning="The caption is not in English.", drops_when="always"),
    Gate(
        code="rewrite.too_long",
        meaning="The caption, or the language model's answer, is longer than one can check.",
        drops_when="always",
    ),
    Gate(code="rewrite.unavailable", meaning="The language model's server did not answer.", drops_when="always"),
    Gate(code="rewrite.refused", meaning="The language model refused to answer.", drops_when="always"),
    Gate(
        code="rewrite.malformed", meaning="The language model's answer has not the form asked for.", drops_when="always"
    ),
    Gate(
        code="edit.unread",
        meaning="What was edited in the caption lies beyond the words that the image model reads.",
        drops_when="always",
    ),
    Gate(code="edit.target_not_found", meaning="The object to edit was not found in the image.", drops_when="always"),
    Gate(code="edit.donor_not_found", meaning="The replacement was not found in the donor image.", drops_when="always"),
    Gate(code="edit.too_small", meaning="The object covers less of the image than this share.", drops_when="below"),
    Gate(code="edit.too_large", meaning="The object covers more of the image than this share.", drops_when="above"),
    Gate(
        code="edit.strange",
        meaning="The place that an object was taken from is less like its surroundings than this.",
        drops_when="above",
    ),
    Gate(
        code="edit.joined",
        meaning="More of the object's outline than this share runs along another of its label: it may be a part of it.",
        drops_when="above",
    ),
    Gate(
        code="edit.no_outline",
        meaning="The object's outline fits its box less than this, too little to cut it out or paint it.",
        drops_when="always",
    ),
    Gate(
        code="edit.unsure_outline",
        meaning="The object's outline changes too much with what counts as object: IoU of two of them, 0..1.",
        drops_when="below",
    ),
    Gate(
        code="edit.not_recognised",
        meaning="Cut out, the object of the donor image is taken for what it is with a lower score than this.",
        drops_when="below",
    ),
    Gate(
        code="edit.cut_off",
        meaning="The border cuts the object off, so it cannot stand elsewhere.",
        drops_when="always",
    ),
    Gate(code="edit.no_place", meaning="No free place like the object's own was found.", drops_when="always"),
    Gate(code="edit.image_too_small", meaning="The image has fewer pixels a side than this.", drops_when="below"),
    Gate(
        code="edit.not_found",
        meaning="Detection found no region at the edit: the IoU with the nearest is lower than this.",
        drops_when="below",
    ),
    Gate(code="edit.elsewhere", meaning="More regions than this were found outside the edit.", drops_when="above"),
    Gate(code="edit.outside_changed", meaning="PSNR in dB outside the edit is lower than this.", drops_when="below"),
    Gate(code="edit.outside_perceptual", meaning="LPIPS outside the edit is higher than this.", drops_when="above"),
    Gate(
        code="edit.caption_mismatch",
        meaning="CLIP finds a caption less like its generated image than this.",
        drops_when="below",
    ),
    Gate(
        code="edit.off_direction",
        meaning="CLIP finds the images' change less like the captions' than this.",
        drops_when="below",
    ),
    Gate(code="edit.too_different", meaning="CLIP finds the two images less alike than this.", drops_when="below"),
    Gate(code="edit.contradicted", meaning="The caption tells the opposite of the edit.", drops_when="always"),
    Gate(code="edit.not_confirmed", meaning="The edited image does not show the intended change.", drops_when="always"),
    Gate(
        code="edit.exhausted",
        meaning="The image offers fewer different edits than were asked for.",
        drops_when="always",
    ),
)

BY_CODE = {gate.code: gate for gate in GATES}
TUNABLE = frozenset(gate.code for gate in GATES if gate.drops_when in {"below", "above"})
