"""Recovery from damage: page-size probe, salvage scan, lost tables."""
