"""Finding records: by conditions, in an order, page by page."""
