"""Bodies of requests: forms, JSON and images, checked before anything is done with them."""
