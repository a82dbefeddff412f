"""The program's name and version, as manifests and job documents bear them."""

NAME = "gdb-export"
VERSION = "0.2.0"
