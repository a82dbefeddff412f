"""The local stack: real services and emulators where they exist, else small servers."""
