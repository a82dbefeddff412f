"""Runs a command in a network namespace without other machines, and counts the packets to them.

The namespace has only a loopback interface. The kernel counts each packet without a route, of any
process in it: connections to other machines, DNS queries, datagrams.
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
LEFT = 3  # exit code if a packet tried to leave


def main(command: list[str]) -> int:
    """Run the command; return its exit code, or LEFT if it is 0 but a packet tried to leave."""
    enter_namespace()
    packets_before = unroutable_packets()
    code = subprocess.run(command).returncode
    packets = unroutable_packets() - packets_before
    print(f"packets without a route: {packets}", flush=True)
    return code or (LEFT if packets else 0)


def enter_namespace() -> None:
    """Move this process into a new network namespace, and start its loopback interface."""
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "a network namespace cannot be created here")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def unroutable_packets() -> int:
    """The number of IPv4 and IPv6 packets without a route since the namespace was created."""
    names, values = re.findall(r"^Ip: (.*)$", Path("/proc/net/snmp").read_text(), re.MULTILINE)
    ipv4 = dict(zip(names.split(), map(int, values.split()), strict=True))["OutNoRoutes"]
    ipv6 = re.search(r"Ip6OutNoRoutes\s+(\d+)", Path("/proc/net/snmp6").read_text())
    return ipv4 + (int(ipv6[1]) if ipv6 else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
