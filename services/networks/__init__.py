"""The small bundled networks, one wrapper each: RGB uint8 or words in, arrays out, no domain."""
