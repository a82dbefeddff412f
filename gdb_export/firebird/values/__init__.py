"""Fields of a record as values: numbers, dates, time zones, text, arrays."""
