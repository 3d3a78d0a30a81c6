"""Muster calls the roll of a district in an emergency: who was asked, who answered, who is missing, by name."""
