"""What comes beside an export: a dataset card, Croissant, licences, the funnel, and a sample that opens in seconds."""
