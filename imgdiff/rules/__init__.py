"""The rules: every gate and its threshold, as pure functions over scores.

Services decide with them, and the gateway's funnel replays a decision with them at other thresholds. A score that was
not measured gives `unknown`.
"""
