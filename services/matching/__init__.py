"""Text-image matchers, which detection and captioning share."""
