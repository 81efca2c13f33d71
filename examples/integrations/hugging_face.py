"""Compare the pairs of a CSV file (columns image1, image2: paths) as a dataset of Hugging Face, and save it.

IMGDIFF_URL=http://127.0.0.1:8000 python examples/integrations/hugging_face.py pairs.csv answers
"""

import sys

from datasets import Dataset

from imgdiff.integrations.huggingface import ComparePairs

pairs, answers = sys.argv[1:]
dataset = Dataset.from_csv(pairs)
compare = ComparePairs("image1", "image2")
found = dataset.map(compare, batched=True, batch_size=32, features=compare.features(dataset.features))
found.save_to_disk(answers)
