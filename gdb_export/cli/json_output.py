"""JSON for standard output: in ASCII where its encoding lacks characters."""

import json
import sys


def json_text(document: object) -> str:
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    is_ascii = not encoding.startswith("utf")
    return json.dumps(document, ensure_ascii=is_ascii, indent=1, default=str)


def print_json(document: object) -> None:
    print(json_text(document))
