"""From options to the requests of the stages, and from their answers to a record: over HTTP or in one process."""
