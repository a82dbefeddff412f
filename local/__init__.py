"""The local stack: real parts where they exist, small servers of our own where none does."""
