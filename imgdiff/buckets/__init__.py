"""S3-compatible buckets, addressed as s3://BUCKET/PREFIX; reading and writing needs the extra `s3`."""
