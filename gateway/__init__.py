"""The edge and the coordinator: routes, jobs, pipeline, storage."""
