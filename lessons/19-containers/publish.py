"""A published port: listens here, and passes each connection on to one of the
addresses in a file."""
import ipaddress
import random
import re
import signal
import socket
import sys
import threading

from options import read_options, whole_number


def main():
    options = read_options(
        port=whole_number(8080, 1, 65535),
        to='endpoints',
    )
    with open('/proc/self/comm', 'w') as name:
        name.write('publish')
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', options.port))
    listener.listen()
    places = ' '.join(f'{host}:{port}'
                      for host, port in read_addresses(options.to))
    print(f'127.0.0.1:{options.port} leads to {places}', flush=True)
    while True:
        client, _ = listener.accept()
        chosen = random.choice(read_addresses(options.to))
        threading.Thread(target=forward, args=[client, chosen]).start()


# #region forward
def forward(client, chosen):
    try:
        with client, socket.create_connection(chosen) as worker:
            back = threading.Thread(target=copy, args=[worker, client])
            back.start()
            copy(client, worker)
            back.join()
    except OSError:
        pass  # Nobody is there: the client's connection is closed.


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # One of the two has left.
# #endregion forward


def read_addresses(file):
    """Anew for each connection: whoever edits the file need tell nobody."""
    try:
        with open(file) as lines:
            return [parse(line) for line in lines.read().strip().split('\n')]
    except OSError as error:
        sys.exit(f'publish.py: {error}')
    except ValueError as error:
        sys.exit(f'publish.py: {file} must hold lines like 10.0.1.2:8080, '
                 f"not '{error}'")


def parse(line):
    host, _, port = line.partition(':')
    try:
        address = str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError(line) from None
    if not re.fullmatch('[0-9]{1,5}', port) or int(port) > 65535:
        raise ValueError(line)
    return address, int(port)


if __name__ == '__main__':
    main()
