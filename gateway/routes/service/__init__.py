"""Routes about the gateway itself: health, models, schemas, the page."""
