"""Caption rewriters, one module each."""
