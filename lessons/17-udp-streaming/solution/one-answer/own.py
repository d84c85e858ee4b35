"""Workers of a multicast address, which all get every packet: each one answers
only every so many'th."""
import ipaddress
import os
import socket
import sys

from rtp import HEAD, read
from workers import begin_parent, begin_worker, options, wait_for_workers


def main():
    begin_parent()
    for place in range(options.workers):
        if not start_worker(options, place):
            break
    wait_for_workers()


def start_worker(options, place):
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
        receive(receiver, place, options.workers)  # Never returns.

    os.close(tell)
    receiving = os.read(ready, 1)  # Nothing, if the worker has ended.
    os.close(ready)
    return receiving


def bind(options):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    receiver.bind((options.host, options.port))
    join(receiver, options.host)
    return receiver


# #region receive
def receive(receiver, place, workers):
    """`place`: 0 for the first worker."""
    while True:
        data, source = receiver.recvfrom(2048)
        if len(data) < HEAD:
            continue
        _, number = read(data)
        if number % workers != place:
            continue  # This one is another worker's.
        answer = f'worker {os.getpid()} {number} 0'
        receiver.sendto(answer.encode(), source)
# #endregion receive


def join(receiver, host):
    if ipaddress.IPv4Address(host).is_multicast:
        receiver.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(host) + socket.inet_aton('127.0.0.1'))


if __name__ == '__main__':
    main()
