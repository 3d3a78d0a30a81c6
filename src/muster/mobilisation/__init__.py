"""Orders, acknowledgements, call-ups and badges."""
