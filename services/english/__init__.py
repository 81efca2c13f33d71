"""English: words, noun phrases, inflection and a lexicon of visible things. It runs no network."""
