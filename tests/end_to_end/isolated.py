"""Run a command where no way leads off this machine, and count what tried to leave it.

A network namespace of its own has nothing but its loopback interface. The kernel counts every
packet, of whatever process and library in it, for which there was no route: a connection to
another machine, a question to its name server, a datagram.
"""

import ctypes
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
LEFT = 3


def main(command: list[str]) -> int:
    """The command's exit code, or LEFT if it ended well but something tried to leave."""
    enter_namespace()
    before = without_route()
    code = subprocess.run(command).returncode
    tries = without_route() - before
    print(f"packets without a route: {tries}", flush=True)
    return code or (LEFT if tries else 0)


def enter_namespace() -> None:
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "no network namespace may be made here")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def without_route() -> int:
    """Packets of IPv4 and IPv6, since the namespace was made."""
    names, values = re.findall(r"^Ip: (.*)$", Path("/proc/net/snmp").read_text(), re.MULTILINE)
    ipv4 = dict(zip(names.split(), map(int, values.split()), strict=True))["OutNoRoutes"]
    ipv6 = re.search(r"Ip6OutNoRoutes\s+(\d+)", Path("/proc/net/snmp6").read_text())
    return ipv4 + (int(ipv6[1]) if ipv6 else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
