"""Exports: a dataset's records and images as the files that trainers and data platforms load."""
