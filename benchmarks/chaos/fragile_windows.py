"""The windows in which a fragile worker kills itself, by the beginning of the file that asks for it."""

WINDOWS = {
    "stored": "an edited image stored, no result yet",
    "settled": "a result stored, nothing published after it",
    "unacknowledged": "a stage done, its message not acknowledged",
}
DEATHS = "deaths"  # a file with a line for each: window, monotonic and wall-clock seconds, stages not published
