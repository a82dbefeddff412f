"""Reads Firebird databases without a Firebird engine."""
