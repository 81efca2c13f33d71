"""Made pairs of every kind of picture and change, with exact truth: how often what imgdiff states is right."""
