"""What is kept: rows in SQL, image bytes by content hash."""
