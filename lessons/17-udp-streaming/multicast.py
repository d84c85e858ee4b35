"""Sends packets to a multicast address, and counts the answers of each worker
until no more come."""
import argparse
import collections
import ipaddress
import select
import socket
import sys
import time

from options import read_options, whole_number
from rtp import packet

# Nobody can know how many will answer: all have, when for so many seconds none
# more does.
QUIET = 1


def main():
    options = read_options(
        host=dict(type=address, default='239.0.0.12'),
        port=whole_number(5004, 1, 65535),
        # A socket that nobody reads at that moment has room for that many.
        packets=whole_number(10, 1, 50),
    )
    counts = collections.Counter()
    start = last = time.monotonic()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            send(sender, options)
            while select.select([sender], [], [], QUIET)[0]:
                answer = sender.recv(100).decode()
                counts[answer.rsplit(' ', 2)[0]] += 1
                last = time.monotonic()
    except OSError as error:
        sys.exit(f'multicast.py: {error}')
    if not counts:
        sys.exit(f'multicast.py: nobody answers on {options.host}:{options.port}')
    for worker, count in counts.items():
        print(f'{worker}  {count}')
    print(f'total  {sum(counts.values())} in {int((last - start) * 1000)} ms')


# #region send
def send(sender, options):
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                      socket.inet_aton('127.0.0.1'))
    for number in range(options.packets):
        sender.sendto(packet(1, number), (options.host, options.port))
# #endregion send


def address(text):
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"takes an IPv4 address, not '{text}'") from None


if __name__ == '__main__':
    main()
