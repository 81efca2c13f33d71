"""Which stage has the result for a request, so that the same request is answered from it, and how often it was."""
