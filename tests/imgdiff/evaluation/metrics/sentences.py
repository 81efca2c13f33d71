"""Four sentences with references, and the figures that COCO's evaluation gives for them."""

CANDIDATES = [
    "the red car has gone",
    "a man moved left",
    "nothing has changed",
    "there are two people near the white van on the right",
]
REFERENCES = [
    ["the red car is gone", "a red car has left the lot"],
    ["the man moved to the left of the truck"],
    ["no difference", "nothing has changed", "the same"],
    ["two people appear near the white van on the right"],
]
# Bleu(4), Rouge and Cider of pycocoevalcap 1.2 on these sentences, whose words need no tokeniser.
COCO = {"BLEU-4": 0.4897901096094448, "ROUGE-L": 0.774042675679691, "CIDEr-D": 3.503055142898774}
