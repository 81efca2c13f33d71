"""What happens to accepted jobs when processes die, hang or lose their files."""
