"""Evaluation: a model's answers on benchmarks of image differences, and our own records against their true edits."""
