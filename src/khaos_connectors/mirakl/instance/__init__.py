"""What an instance says of itself, and who settles what it leaves open."""
