"""No process of the stack connects to another machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.stack import REPOSITORY
from tests.end_to_end.isolated import LEFT

ISOLATED = Path(__file__).parent / "isolated.py"


def run_isolated(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ISOLATED), sys.executable, *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=200)


def test_a_run_of_the_stack_sends_no_packet_to_another_machine(tmp_path: Path) -> None:
    process = run_isolated("-m", "local.demo", "--folder", str(tmp_path / "demo"))
    assert "SUCCESS" in process.stdout, process.stdout + process.stderr
    assert "packets without a route: 0\n" in process.stdout
    assert process.returncode == 0


# 192.0.2.1 and 2001:db8::1 are reserved for documentation (RFC 5737, RFC 3849)
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 443), 1)",
        "socket.create_connection(('2001:db8::1', 443), 1)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_a_packet_to_another_machine_is_detected(attempt: str) -> None:
    program = f"import contextlib, socket\nwith contextlib.suppress(OSError): {attempt}"
    process = run_isolated("-c", program)
    assert process.returncode == LEFT, process.stdout + process.stderr
