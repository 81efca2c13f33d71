"""Every reason code that a record can carry: what it means, and the paper's threshold where it has one.

Cosines of different networks are not on one scale, so a backend brings its own calibrated thresholds; the values here
are the paper's (sections 15.3 and 16, CLIP ViT-B/32 and BLIP). A request's `thresholds` override both.
"""

from typing import Literal, NamedTuple


class ReasonCode(NamedTuple):
    """One reason code; `drops_when` is the side of the threshold on which its gate fires."""

    code: str
    drops_when: Literal["below", "above", "always", "never"]
    meaning: str
    paper: float | None = None


REASONS: tuple[ReasonCode, ...] = (
    ReasonCode("pair.too_different", "below", "The whole images are less similar than the threshold.", 0.90),
    ReasonCode("pair.too_similar", "above", "The whole images are more similar than the threshold.", 0.98),
    ReasonCode("pair.identical", "always", "The two images have the same pixels, at 8 bits a channel."),
    ReasonCode("pair.no_evidence", "always", "No region with evidence of a change is left."),
    ReasonCode("pair.unrelated", "always", "The two images do not show the same scene."),
    ReasonCode("pair.undetermined", "always", "Too little of the two images agrees to compare them."),
    ReasonCode("pair.other_light", "never", "Light or weather differs so much that it may hide changes: never `same`."),
    ReasonCode("pair.doubtful", "never", "Signs of a change are left, but none is sure enough to be reported."),
    ReasonCode("pair.uncalibrated", "never", "The embedder has no thresholds, so no gate on similarity applied."),
    ReasonCode(
        "pair.no_nouns", "always", "The segmenter is asked for the nouns that captions exchange: there are none."
    ),
    ReasonCode(
        "pair.swapped",
        "above",
        "The images show in the other order what captions or `instruction` claim of one of them, more surely than the "
        "threshold.",
    ),
    ReasonCode("pair.failed", "always", "A stage failed for this pair."),
    ReasonCode(
        "pair.stretched",
        "never",
        "Both images are 16-bit grey of a narrow range, whose share of the full one is the value; it was stretched.",
    ),
    ReasonCode("alignment.not_found", "never", "No transform aligns image2 with image1."),
    ReasonCode("alignment.partial", "never", "Part of one image lies outside the other and was not compared."),
    ReasonCode(
        "region.no_evidence",
        "below",
        "The probability of a change in the box is below the threshold; with backend sam, the share of changed pixels.",
    ),
    ReasonCode("region.too_similar", "above", "The two crops are more similar than the threshold.", 0.85),
    ReasonCode("region.too_small", "below", "The box covers a smaller share of the image than the threshold.", 0.0025),
    ReasonCode("region.overlap", "above", "The IoU with a more different region exceeds the threshold.", 0.5),
    ReasonCode("region.limit", "above", "More regions were found than the request allows."),
    ReasonCode(
        "object.mismatch", "below", "Neither crop matches a noun this well that only its own caption names.", 0.35
    ),
    ReasonCode(
        "object.not_matched",
        "never",
        "No place was matched with objects: no noun is known that only one of the captions names, or the backend "
        "cannot match them all.",
    ),
    ReasonCode("caption.mismatch", "below", "A caption matches its crop less well than the threshold.", 0.4),
    ReasonCode("caption.too_similar", "above", "The two captions are more similar than the threshold.", 0.85),
    ReasonCode("question.mismatch", "below", "The object's description fits its crop less than the threshold.", 0.35),
    ReasonCode(
        "question.still_shown",
        "above",
        "The object's description matches the place without the object more than the threshold.",
        0.2,
    ),
    ReasonCode(
        "record.duplicate",
        "above",
        "The pair repeats the earlier `record` of its dataset: the same change of the same scene, whose boxes overlap "
        "with an IoU above the threshold; 1 for the same two images, in either order.",
    ),
    ReasonCode("caption.no_label", "never", "No model could name what the region shows."),
    ReasonCode("text.unsupported", "never", "The sentence names something that the image does not show there."),
    ReasonCode("text.outside", "never", "The sentence names something outside the box."),
    ReasonCode("text.wrong_image", "never", "The sentence confuses the two images."),
    ReasonCode("text.in_both_images", "never", "What is said to have come or gone may be in both images."),
    ReasonCode("text.wrong_place", "never", "The sentence gives a position other than the box's."),
    ReasonCode("text.wrong_colour", "never", "The sentence gives a colour that the pixels do not have."),
    ReasonCode("text.wrong_count", "never", "The sentence gives a number that disagrees with the evidence."),
    ReasonCode("text.empty", "never", "The language model returned no text."),
    ReasonCode("text.no_answer", "never", "The language model only thought, and came to no answer."),
    ReasonCode("text.refused", "never", "The language model refused to answer."),
    ReasonCode("text.malformed", "never", "The language model's answer does not have the requested format."),
    ReasonCode("text.language", "never", "The sentence is not in the requested language."),
    ReasonCode("text.too_long", "never", "The sentence is too long to be checked."),
    ReasonCode("rewrite.no_noun", "always", "The caption names nothing that can be edited."),
    ReasonCode("rewrite.target_not_found", "always", "The caption does not mention the target."),
    ReasonCode("rewrite.no_replacement", "always", "No known replacement fits the caption's description."),
    ReasonCode("rewrite.not_sayable", "always", "No change of a single phrase of the caption expresses this edit."),
    ReasonCode("rewrite.same_thing", "always", "The replacement is the target itself or a kind of it."),
    ReasonCode("rewrite.unchanged", "always", "The edited caption means the same as the original."),
    ReasonCode("rewrite.not_one_change", "always", "The edited caption changes more than the request asked for."),
    ReasonCode("rewrite.ungrammatical", "always", "An article, number or verb of the edited caption does not agree."),
    ReasonCode("rewrite.chatter", "always", "The language model commented on its answer instead of only giving it."),
    ReasonCode("rewrite.language", "always", "The caption is not in English."),
    ReasonCode("rewrite.too_long", "always", "The caption or the language model's answer is too long to be checked."),
    ReasonCode("rewrite.unavailable", "always", "The language model's server did not answer."),
    ReasonCode("rewrite.no_answer", "always", "The language model only thought, and came to no answer."),
    ReasonCode("rewrite.refused", "always", "The language model refused to answer."),
    ReasonCode("rewrite.malformed", "always", "The language model's answer does not have the requested format."),
    ReasonCode("edit.unread", "always", "The image model does not read as far as the edited words of the caption."),
    ReasonCode("edit.target_not_found", "always", "The object to edit was not found in the image."),
    ReasonCode("edit.donor_not_found", "always", "The replacement was not found in the donor image."),
    ReasonCode("edit.too_small", "below", "The object covers a smaller share of the image than the threshold."),
    ReasonCode("edit.too_large", "above", "The object covers a larger share of the image than the threshold."),
    ReasonCode(
        "edit.strange",
        "above",
        "The place where an object was removed stands out from its surroundings more than the threshold allows.",
    ),
    ReasonCode(
        "edit.joined",
        "above",
        "More of the outline than the threshold touches another object of the same label: it may be a part of it.",
    ),
    ReasonCode("edit.no_outline", "always", "The outline fits its box too poorly to cut the object out or paint it."),
    ReasonCode(
        "edit.unsure_outline",
        "below",
        "The outline is unstable: outlines at two cut-offs overlap with an IoU below the threshold.",
    ),
    ReasonCode(
        "edit.not_recognised", "below", "The object cut from the donor is recognised with a score below the threshold."
    ),
    ReasonCode(
        "edit.holds_another", "always", "The object holds or carries something that would be left hanging without it."
    ),
    ReasonCode(
        "edit.held", "always", "Another object holds or carries the object or hides its foot: it has no other place."
    ),
    ReasonCode("edit.cut_off", "always", "The image border cuts the object off, so it cannot be placed elsewhere."),
    ReasonCode("edit.no_place", "always", "No free place similar to the object's own was found."),
    ReasonCode("edit.image_too_small", "below", "The image's shorter side has fewer pixels than the threshold."),
    ReasonCode(
        "edit.not_found",
        "below",
        "No kept region is at the edit, by their IoU; of a regenerated pair, none shows an exchanged noun.",
    ),
    ReasonCode("edit.elsewhere", "above", "More regions than the threshold were detected outside the edit."),
    ReasonCode("edit.outside_changed", "below", "The PSNR outside the edit, in dB, is below the threshold."),
    ReasonCode("edit.outside_perceptual", "above", "The LPIPS distance outside the edit exceeds the threshold."),
    ReasonCode(
        "edit.caption_mismatch",
        "below",
        "CLIP's similarity of a caption and its generated image is below the threshold.",
    ),
    ReasonCode(
        "edit.off_direction",
        "below",
        "CLIP's directional similarity between the change of the images and of the captions is below the threshold.",
    ),
    ReasonCode("edit.too_different", "below", "CLIP's similarity of the two images is below the threshold."),
    ReasonCode("edit.contradicted", "always", "The caption states the opposite of the edit."),
    ReasonCode("edit.not_confirmed", "always", "The edited image does not show the intended change."),
    ReasonCode("edit.not_finite", "always", "A network made pixels that are no finite numbers, as after an overflow."),
    ReasonCode("edit.exhausted", "always", "The image allows fewer distinct edits than were requested."),
)

BY_CODE = {reason.code: reason for reason in REASONS}
TUNABLE = frozenset(reason.code for reason in REASONS if reason.drops_when in {"below", "above"})
"""Codes whose threshold a request may set."""
