"""What the OpenAPI document says beyond the signatures of the routes: schemas, parameters, examples, links, keys."""
