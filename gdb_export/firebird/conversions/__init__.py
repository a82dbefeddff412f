"""Conversions of values from one type to another, with the engine's rules."""
