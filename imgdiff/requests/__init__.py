"""Parts of requests that are checked beyond their types."""
