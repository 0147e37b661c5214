"""Tier programs: a ladder as data, and the pure rules over it."""
