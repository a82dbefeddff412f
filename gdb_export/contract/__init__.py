"""What the function and the job agree on; standard library only."""
