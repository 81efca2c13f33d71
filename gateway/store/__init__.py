"""Storage: rows in SQL, image bytes by content hash. No row and no SQL leaves this package."""
