"""Detection and captioning in one process, without HTTP: for clusters that have their own way to scale."""
