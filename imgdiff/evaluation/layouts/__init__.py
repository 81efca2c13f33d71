"""Layouts of published benchmarks. Users bring the files."""
