"""Recovery of damaged databases: page-size probe, salvage scan, lost tables."""
