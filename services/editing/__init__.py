"""The editing service: makes a pair out of one photo by one true edit."""
