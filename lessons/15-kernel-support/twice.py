"""Asks the kernel whether two listeners can share a port: opens two, and counts
who gets the connections."""
import select
import socket
import sys

from options import read_options


def main():
    options = read_options(reuse_port=True)
    if not hasattr(socket, 'SO_REUSEPORT'):
        sys.exit('no: this Python has no name for the option')
    try:
        counts = bind_twice(options.reuse_port)
    except OSError as error:
        sys.exit(f'no: {error}')
    if not all(counts):
        sys.exit('no: one of the two listeners gets all connections')
    print(f'yes: one got {counts[0]} connections, the other {counts[1]}')


# #region twice
def bind_twice(reuse_port):
    first = listen(0, reuse_port)  # The kernel chooses a free port.
    port = first.getsockname()[1]
    second = listen(port, reuse_port)  # We ask for the same one.

    clients = [socket.create_connection(('127.0.0.1', port))
               for _ in range(32)]
    counts = {first: 0, second: 0}
    while sum(counts.values()) < len(clients):
        for listener in select.select(counts, [], [])[0]:
            listener.accept()[0].close()
            counts[listener] += 1
    return list(counts.values())
# #endregion twice


# #region listen
def listen(port, reuse_port):
    listener = socket.socket()
    if reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen()
    return listener
# #endregion listen


if __name__ == '__main__':
    main()
