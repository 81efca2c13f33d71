"""Exports on this machine: a folder that is unpacked while it arrives, or one file."""
