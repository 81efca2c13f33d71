"""What services share to ask language models behind an API: questions, answers, patience. It needs no torch."""
