"""Write full-size CLIP ViT-B/32 and BLIP with random weights, as the hub lays them out; run in the peer's environment.

BLIP's own initialisation (std 1e-10) gives denormal numbers, on which a processor is slow, so they are
drawn anew.
"""

import json
import sys
from pathlib import Path

import torch
import transformers

_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "plane", "boat", "##s")
_STD = 0.02  # of BERT's weights
_BLIP_LARGE = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16}
# As benchmarks.speed.tiny_networks.
_TINY_VISION = {"image_size": 32, "patch_size": 8}
_TINY = {"hidden_size": 32, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}


def write(target: Path, size: str) -> None:
    """Write the folders `clip` and `blip`; the size is that of BLIP, base or large, or tiny for both."""
    _write_clip(target / "clip", tiny=size == "tiny")
    _write_blip(target / "blip", size)


def _write_clip(folder: Path, *, tiny: bool) -> None:
    folder.mkdir(parents=True)
    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    vision = _TINY | _TINY_VISION if tiny else {}
    config = transformers.CLIPConfig(vision_config=vision, text_config=_TINY, projection_dim=16 if tiny else 512)
    torch.manual_seed(1)
    transformers.CLIPModel(config).save_pretrained(folder)
    side = config.vision_config.image_size
    images = transformers.CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    tokenizer = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    transformers.CLIPProcessor(images, tokenizer).save_pretrained(folder)


def _write_blip(folder: Path, size: str) -> None:
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(_WORDS))
    vision = {"image_size": 384} | {"large": _BLIP_LARGE, "base": {}, "tiny": _TINY | _TINY_VISION}[size]
    text = _TINY if size == "tiny" else {}
    seen = vision.get("hidden_size", 768)
    config = transformers.BlipConfig(
        vision_config=vision,
        text_config={**text, "encoder_hidden_size": seen, "bos_token_id": 2, "pad_token_id": 0, "sep_token_id": 3},
    )
    config.architectures = ["BlipForImageTextRetrieval"]
    torch.manual_seed(2)
    model = transformers.BlipForImageTextRetrieval(config)
    for values in model.parameters():
        if values.dim() > 1:
            torch.nn.init.normal_(values, std=_STD)
    torch.nn.init.normal_(model.itm_head.weight, std=0.05)  # spreads the probabilities
    model.save_pretrained(folder)
    side = config.vision_config.image_size
    images = transformers.BlipImageProcessor(size={"height": side, "width": side})
    transformers.BlipProcessor(images, transformers.BertTokenizer(str(folder / "vocab.txt"))).save_pretrained(folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
