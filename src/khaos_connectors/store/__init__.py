"""What a run must remember between now and the next one, or after it was killed."""
