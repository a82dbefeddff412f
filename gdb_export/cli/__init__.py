"""The command gdb-export."""
