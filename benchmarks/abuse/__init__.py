"""What a hostile client sends: damaged images, broken requests, and requests drawn from the OpenAPI document."""
