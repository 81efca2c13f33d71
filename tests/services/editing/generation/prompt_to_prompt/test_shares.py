"""Shares of self-attention of several candidates."""

from services.editing.generation.prompt_to_prompt.shares import draw_self_shares


def test_shares_are_drawn_from_the_seed_after_the_settings_own() -> None:
    drawn = draw_self_shares(5, 0.4, seed=1)

    assert drawn == draw_self_shares(5, 0.4, seed=1) != draw_self_shares(5, 0.4, seed=2)
    assert drawn[0] == 0.4
    assert all(0.1 <= share <= 0.9 for share in drawn)
    assert drawn[:3] == draw_self_shares(3, 0.4, seed=1)
