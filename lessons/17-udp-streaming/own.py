"""Forks workers one after another; each one receives streams on a UDP socket of
its own, all on the same port."""
import ipaddress
import os
import socket
import sys

from rtp import HEAD, read
from workers import begin_parent, begin_worker, options, wait_for_workers


def main():
    begin_parent()
    for _ in range(options.workers):
        if not start_worker(options):
            break
    wait_for_workers()


def start_worker(options):
    """Waits until the new worker can receive. So we know their order."""
    parent = os.getpid()
    ready, tell = os.pipe()
    if os.fork() == 0:
        begin_worker(parent)
        try:
            receiver = bind(options)
        except OSError as error:
            print(f'own.py: {error}', file=sys.stderr, flush=True)
            os._exit(1)
        print(f'worker {os.getpid()} receives on {options.host}:{options.port}',
              flush=True)
        os.write(tell, b'r')
        receive(receiver)  # Never returns.

    os.close(tell)
    receiving = os.read(ready, 1)  # Nothing, if the worker has ended.
    os.close(ready)
    return receiving


# #region receive
def bind(options):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    option = socket.SO_REUSEADDR if options.reuse_addr else socket.SO_REUSEPORT
    receiver.setsockopt(socket.SOL_SOCKET, option, 1)
    receiver.bind((options.host, options.port))
    join(receiver, options.host)
    return receiver


def receive(receiver):
    streams = {}  # Each stream's last number.
    while True:
        data, source = receiver.recvfrom(2048)
        if len(data) < HEAD:
            continue
        stream, number = read(data)
        # The numbers begin again after 65535.
        missed = ((number - streams.get(stream, -1)) & 0xffff) - 1
        streams[stream] = number
        answer = f'worker {os.getpid()} {number} {missed}'
        receiver.sendto(answer.encode(), source)
# #endregion receive


# #region join
def join(receiver, host):
    if ipaddress.IPv4Address(host).is_multicast:
        receiver.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(host) + socket.inet_aton('127.0.0.1'))
# #endregion join


if __name__ == '__main__':
    main()
