"""FiftyOne: a data set of a gateway as a grouped dataset, and the pairs of a dataset compared."""
