"""Label Studio: records as predictions, in the names of any labelling configuration, and a backend that serves them."""
