"""The compiled kernel that writes rows as CSV."""
