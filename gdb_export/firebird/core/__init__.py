"""What the whole reader rests on: on-disk constants, errors, damage, Source."""
