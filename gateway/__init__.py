"""The gateway: HTTP routes, the pipeline of jobs, and storage."""
