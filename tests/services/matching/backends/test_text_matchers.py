"""What every matcher keeps: BLIP in both modes and CLIP on tiny random weights, and the embedded one as it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor, BlipForImageTextRetrieval

from imgdiff.images import RGB
from services.english.exchange import ExchangedNouns
from services.gpu.clip import ImageTower, TextTower, build_clip
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder, weight_file
from services.matching.backends.blip import BlipMatcher, BlipScorer, load_blip
from services.matching.backends.clip_text import ClipTextMatcher
from services.matching.embedded import EmbeddedMatcher
from services.matching.object_matcher import Crop
from services.matching.text_matcher import TextMatcher

TEXTS = ["a dog", "a red cat on the sofa", "a blue table", "photo of a dog and a cat", "the cat"]
Make = Callable[..., TextMatcher]


@pytest.fixture
def clip_network(clip_file: Path) -> open_clip.CLIP:
    return build_clip("tiny-text", clip_file, prefix="")


@pytest.fixture
def blip_network(blip_folder: Path) -> BlipForImageTextRetrieval:
    return BlipForImageTextRetrieval.from_pretrained(blip_folder)


def _clip(network: open_clip.CLIP, file: Path, processor: Compute, rows: Batches) -> ClipTextMatcher:
    use = weight_file(str(file), "SETTING", "", stage="captioning").use
    words = TextTower(network, open_clip.get_tokenizer("tiny-text"), processor)
    return ClipTextMatcher(ImageTower(network, processor), words, use=use, rows=rows)


@pytest.fixture(scope="module")
def make(blip_folder: Path, clip_file: Path, processor: Compute) -> Make:
    def made(name: str) -> TextMatcher:
        if name == "embedded":
            return EmbeddedMatcher.load(1, stage="captioning")
        rows = Batches(4, pytest.fail)
        clip = _clip(build_clip("tiny-text", clip_file, prefix=""), clip_file, processor, rows)
        if name == "open_clip":
            return clip
        folder = model_folder(str(blip_folder), "SETTING", stage="captioning")
        return BlipMatcher(load_blip(folder, "SETTING", processor, mode=name, dtype="float32", rows=rows), clip)

    return made


@pytest.fixture(scope="module", params=["itc", "itm", "open_clip", "embedded"])
def matcher(request: pytest.FixtureRequest, make: Make) -> TextMatcher:
    return make(request.param)


def test_scores_keep_the_order_and_their_range(matcher: TextMatcher, pictures: list[RGB]) -> None:
    scores = list(matcher.match(pictures, TEXTS))

    assert len(scores) == len(TEXTS)
    assert all(-1 <= score <= 1 for score in scores)
    assert list(matcher.match(pictures[::-1], TEXTS[::-1])) == pytest.approx(scores[::-1], abs=1e-6)
    assert len({round(score, 4) for score in scores}) > 1


def test_a_score_does_not_depend_on_who_shares_the_batch(matcher: TextMatcher, pictures: list[RGB]) -> None:
    together = list(matcher.match(pictures, TEXTS))

    assert [matcher.match([crop], [text])[0] for crop, text in zip(pictures, TEXTS, strict=True)] == together


def test_a_caption_is_quite_like_itself_and_less_like_another(matcher: TextMatcher) -> None:
    same, other = matcher.alike(["a dog", "a dog"], ["a dog", "a red cat on the sofa"])

    assert same == pytest.approx(1, abs=1e-4)
    assert other < same <= 1


def test_a_thousand_words_are_no_error(matcher: TextMatcher, pictures: list[RGB]) -> None:
    """Section 5.3 (5): text beyond the network's length raised an error."""
    long = "a red cat on the sofa " * 200

    assert np.isfinite(matcher.match(pictures[:1], [long])).all()
    assert np.isfinite(matcher.alike([long], ["a dog"])).all()


def test_nothing_asked_is_nothing_answered(matcher: TextMatcher) -> None:
    assert (list(matcher.match([], [])), list(matcher.alike([], []))) == ([], [])


def test_its_thresholds_and_models_are_named(matcher: TextMatcher) -> None:
    captions, questions = {"caption.mismatch", "caption.too_similar"}, {"question.mismatch", "question.still_shown"}
    assert set(matcher.calibrated) - {"object.mismatch"} == captions | questions
    assert {model.stage for model in matcher.models} == {"captioning"}


def test_both_modes_of_blip_have_names_thresholds_and_scores_of_their_own(make: Make, pictures: list[RGB]) -> None:
    itc, itm = make("itc"), make("itm")

    assert [matcher.calibrated["caption.mismatch"] for matcher in (itc, itm)] == [0.4, 0.5]
    assert [matcher.models[0].name.rpartition(" ")[2] for matcher in (itc, itm)] == ["(itc)", "(itm)"]
    assert list(itc.match(pictures, TEXTS)) != pytest.approx(list(itm.match(pictures, TEXTS)), abs=0.01)


@pytest.mark.parametrize("mode", ["itc", "itm"])
def test_blips_scores_are_those_of_the_network_itself(
    make: Make, blip_network: BlipForImageTextRetrieval, blip_folder: Path, pictures: list[RGB], mode: str
) -> None:
    its_processor, theirs = AutoProcessor.from_pretrained(blip_folder), []
    blip_network.eval()
    for crop, text in zip(pictures, TEXTS, strict=True):
        made = its_processor(images=Image.fromarray(crop), text=text, return_tensors="pt")
        with torch.inference_mode():
            score = blip_network(**made, use_itm_head=mode == "itm").itm_score
        theirs.append(float(score.softmax(-1)[0, 1] if mode == "itm" else score[0, 0]))

    assert make(mode).match(pictures, TEXTS) == pytest.approx(theirs, abs=1e-5)


def test_clips_scores_are_those_of_the_network_itself(
    make: Make, clip_network: open_clip.CLIP, pictures: list[RGB]
) -> None:
    visual = clip_network.eval().visual
    transform = open_clip.image_transform((32, 32), is_train=False, mean=visual.image_mean, std=visual.image_std)
    image = transform(Image.fromarray(pictures[0]))
    with torch.inference_mode():
        picture = clip_network.encode_image(image[None], normalize=True)
        text = clip_network.encode_text(open_clip.get_tokenizer("tiny-text")(["a dog"]), normalize=True)

    assert make("open_clip").match(pictures[:1], ["a dog"]) == pytest.approx(
        [float((picture @ text.T)[0, 0])], abs=1e-4
    )


def _refuse_more_than_two(tower: torch.nn.Module) -> None:
    def refuse(_: torch.nn.Module, given: tuple, named: dict) -> None:
        if len(given[0] if given else named["pixel_values"]) > 2:
            raise torch.OutOfMemoryError("too many rows")

    tower.register_forward_pre_hook(refuse, with_kwargs=True)


def test_clip_out_of_memory_goes_on_with_half_the_batch_and_the_same_scores(
    make: Make, clip_network: open_clip.CLIP, clip_file: Path, processor: Compute, pictures: list[RGB]
) -> None:
    halved: list[int] = []
    _refuse_more_than_two(clip_network.visual)
    small = _clip(clip_network, clip_file, processor, Batches(8, lambda: halved.append(1)))

    expected = list(make("open_clip").match(pictures, TEXTS))
    assert small.match(pictures, TEXTS) == pytest.approx(expected, abs=1e-6)
    assert len(halved) == 2


def test_blip_out_of_memory_goes_on_with_half_the_batch_and_the_same_scores(
    make: Make, blip_network: BlipForImageTextRetrieval, blip_folder: Path, processor: Compute, pictures: list[RGB]
) -> None:
    halved: list[int] = []
    _refuse_more_than_two(blip_network.vision_model)
    rows = Batches(8, lambda: halved.append(1))
    use = model_folder(str(blip_folder), "SETTING", stage="captioning").use
    its_processor = AutoProcessor.from_pretrained(blip_folder)
    small = BlipScorer(blip_network, its_processor, processor, mode="itc", use=use, rows=rows)

    assert small.match(pictures, TEXTS) == pytest.approx(list(make("itc").match(pictures, TEXTS)), abs=1e-6)
    assert len(halved) == 2


@pytest.fixture
def count_calls(blip_network: BlipForImageTextRetrieval) -> dict[str, int]:
    """Rows that went through each encoder of `blip_network`."""
    rows = {"crops": 0, "texts": 0}

    def count(name: str) -> Callable[..., None]:
        def hook(_: torch.nn.Module, given: tuple, named: dict) -> None:
            rows[name] += len(given[0] if given else next(iter(named.values())))

        return hook

    blip_network.vision_model.register_forward_pre_hook(count("crops"), with_kwargs=True)
    blip_network.text_encoder.register_forward_pre_hook(count("texts"), with_kwargs=True)
    return rows


def _whole(pictures: list[RGB]) -> list[Crop]:
    return [Crop(one, (0, 0, one.shape[1], one.shape[0])) for one in pictures]


def test_blip_reads_a_noun_once_and_looks_at_a_crop_once(
    blip_network: BlipForImageTextRetrieval,
    count_calls: dict[str, int],
    blip_folder: Path,
    processor: Compute,
    pictures: list[RGB],
) -> None:
    use = model_folder(str(blip_folder), "SETTING", stage="detection").use
    rows = Batches(1, pytest.fail)
    blip = BlipScorer(
        blip_network, AutoProcessor.from_pretrained(blip_folder), processor, mode="itc", use=use, rows=rows
    )
    nouns = [["dog", "cat"], ["dog"], ["cat", "sofa"], ["table"], ["dog", "sofa", "table"]]
    first = blip.match_nouns(_whole(pictures), nouns)

    assert count_calls == {"crops": len(pictures), "texts": 4}
    assert blip.match_nouns(_whole(pictures), nouns) == first
    assert count_calls == {"crops": 2 * len(pictures), "texts": 4}
    for score, crop, own in zip(first, pictures, nouns, strict=True):
        assert score == max(blip.match_nouns(_whole([crop]), [[noun]])[0] for noun in own)


@pytest.mark.parametrize("mode", ["itc", "itm", "open_clip"])
def test_a_crops_match_is_that_of_its_best_noun(
    blip_folder: Path, clip_file: Path, processor: Compute, pictures: list[RGB], mode: str
) -> None:
    rows = Batches(4, pytest.fail)
    if mode == "open_clip":
        objects = _clip(build_clip("tiny-text", clip_file, prefix=""), clip_file, processor, rows)
    else:
        folder = model_folder(str(blip_folder), "SETTING", stage="detection")
        objects = load_blip(folder, "SETTING", processor, mode=mode, dtype="float32", rows=rows)
    together = objects.match_nouns(_whole(pictures), [["dog", "red cat"]] * len(pictures))
    each = [objects.match_nouns(_whole(pictures), [[noun]] * len(pictures)) for noun in ("dog", "red cat")]

    assert objects.choose(ExchangedNouns(("anything",))) == ExchangedNouns(("anything",))
    assert together == [max(both) for both in zip(*each, strict=True)]
    assert objects.match_nouns([], []) == []
    assert "object.mismatch" in objects.calibrated


def test_blip_in_bfloat16_scores_nearly_the_same(blip_folder: Path, processor: Compute, pictures: list[RGB]) -> None:
    folder = model_folder(str(blip_folder), "SETTING", stage="detection")
    exact, fast = (
        load_blip(folder, "SETTING", processor, mode="itc", dtype=dtype, rows=Batches(1, pytest.fail))
        for dtype in ("float32", "bfloat16")
    )

    assert fast.match(pictures, TEXTS) == pytest.approx(exact.match(pictures, TEXTS), abs=0.03)
    assert fast.match(pictures, TEXTS) != exact.match(pictures, TEXTS)
