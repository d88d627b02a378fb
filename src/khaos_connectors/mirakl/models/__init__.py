"""What Mirakl's answers hold and what is sent to it, under Mirakl's own names."""
