"""Stored facts as CloudEvents: rendered here, answered by the routes of records, jobs and batches."""
