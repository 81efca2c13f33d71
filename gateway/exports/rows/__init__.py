"""A record as one row: the columns that jsonl, parquet, imagefolder and webdataset share."""
