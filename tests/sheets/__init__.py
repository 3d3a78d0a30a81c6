"""Tests of the room of sheets."""
