"""How English sentences are read: words, noun phrases, colours, numbers. It knows no service and needs no network."""
