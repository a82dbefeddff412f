"""The BigQuery emulator of the local stack: its start, and a proxy that injects faults."""
