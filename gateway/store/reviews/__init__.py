"""Reviews of records: their history, what stands of it, and the documents of records with it."""
