"""A server makes a connected socket for one of its clients. Which socket gets
whose datagrams, before and after?"""
import collections
import select
import socket
import sys

from options import read_options, whole_number

HOST = '127.0.0.1'


def main():
    options = read_options(
        port=whole_number(5005, 1, 65535),
        clients=whole_number(100, 1, 200),
    )
    try:
        show(options)
    except OSError as error:
        sys.exit(f'connected.py: {error}')


def show(options):
    shared = bind(options.port)
    clients = [open_client(options.port) for _ in range(options.clients)]
    client = clients[0].getsockname()

    print_row('', 'shared', 'new: its', "new: others'")
    # #region connect
    own = bind(options.port)  # With SO_REUSEPORT, or the port would be taken.
    report('bound', shared, own, clients)
    own.connect(client)  # Now it is for the first client only.
    report('connected', shared, own, clients)
    # #endregion connect


def report(state, shared, own, clients):
    """Each client sends a datagram: who got it?"""
    for client in clients:
        client.send(b'x')
    got = collections.Counter()
    while sum(got.values()) < len(clients):
        readable, _, _ = select.select([shared, own], [], [])
        for receiver in readable:
            _, source = receiver.recvfrom(100)
            its = source == clients[0].getsockname()
            got['shared' if receiver is shared else 'its' if its else 'others'] += 1
    print_row(state, got['shared'], got['its'], got['others'])


def print_row(state, shared, its, others):
    print(f'{state:9}{shared:>13}{its:>13}{others:>13}')


def bind(port):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    receiver.bind((HOST, port))
    return receiver


def open_client(port):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect((HOST, port))
    return client


if __name__ == '__main__':
    main()
