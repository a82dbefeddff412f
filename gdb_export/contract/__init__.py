"""The contract between function and job; imports only the standard library."""
