"""Decoding of record fields: numbers, dates, time zones, text, arrays."""
