"""A record seen from each of its images: which regions it shows, where, and what each is there."""
