"""What each region shows in both images, and what changed there, in words."""
