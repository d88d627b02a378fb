"""Telling what left: checks before, outcomes after."""
