"""The page that people open in a browser: its own files, and the libraries that it uses."""
