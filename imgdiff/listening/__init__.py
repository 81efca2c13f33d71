"""Servers: connections and bodies bounded in number, time and bytes."""
