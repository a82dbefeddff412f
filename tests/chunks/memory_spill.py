"""A spill store in memory that records its calls: `requests` are those of `get`."""


class MemorySpill:
    def __init__(self) -> None:
        self.items: dict[int, bytes] = {}
        self.put_sizes: list[int] = []
        self.requests: list[tuple[int, int | None]] = []
        self.is_closed = False

    def put(self, data: bytes) -> int:
        self.put_sizes.append(len(data))
        self.items[len(self.put_sizes)] = data
        return len(self.put_sizes)

    def get(self, key: int, next_key: int | None) -> bytes:
        self.requests.append((key, next_key))
        return self.items.pop(key)

    def close(self) -> None:
        self.is_closed = True
