"""What each region shows in both images, in words; this room is still empty."""
