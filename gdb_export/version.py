"""The program's name and version, as written to manifests and job documents."""

NAME = "gdb-export"
VERSION = "0.2.0"
