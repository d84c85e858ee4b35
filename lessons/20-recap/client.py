"""Opens connections, sends a request on each, and counts each worker's answers,
and what else happened."""
import argparse
import collections
import errno
import re
import selectors
import signal
import socket
import sys
import time

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        connections=whole_number(1, 1, 10000),
        at_once=False,
        from_ports=dict(type=port_range),
    )
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, silently.
    start = time.monotonic()
    try:
        if options.from_ports:
            ask_from(options)
        elif options.at_once:
            print_counts(ask_at_once(options), start)
        else:
            print_counts(ask_in_turn(options), start)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def ask_in_turn(options):
    # #region in-turn
    return [ask(open_connection(options)) for _ in range(options.connections)]
    # #endregion in-turn


def ask_at_once(options):
    """Opens all connections before it asks on one. When none has opened for
    half a second, the others are given up."""
    opening = selectors.DefaultSelector()
    for _ in range(options.connections):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex((options.host, options.port))
        opening.register(connection, selectors.EVENT_WRITE)
    opened = []
    while opening.get_map() and (ready := opening.select(0.5)):
        for key, _ in ready:
            opening.unregister(key.fileobj)
            check(key.fileobj)
            opened.append(key.fileobj)
    rest = len(opening.get_map())
    print(f'{len(opened)} connections are open'
          + (f', {rest} are not' if rest else ''), flush=True)
    opening.close()
    for connection in opened:
        connection.setblocking(True)
        connection.sendall(b'\n')
    return [receive(connection) for connection in opened]


def ask_from(options):
    """One connection from each of these ports of the client; says which worker
    answers, counted from 1."""
    first, last = options.from_ports
    for port in range(first, last + 1):
        answer = ask(open_connection(options, port))
        print(f'{port}  ' + re.sub(r'^worker \d+ ', 'worker ', answer),
              flush=True)


def open_connection(options, from_port=0):
    return socket.create_connection(
        (options.host, options.port), source_address=('', from_port))


def check(connection):
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, errno.errorcode[error] + ': connection refused')


def ask(connection):
    """Returns the answer, or the name of the error."""
    try:
        connection.sendall(b'\n')
    except ConnectionError as error:
        connection.close()
        return errno.errorcode[error.errno]
    return receive(connection)


def receive(connection):
    try:
        with connection, connection.makefile() as answers:
            return answers.read().strip() or 'closed'
    except ConnectionError as error:
        return errno.errorcode[error.errno]


def print_counts(answers, start):
    elapsed = int((time.monotonic() - start) * 1000)
    who = [re.sub(r'^(worker \d+) .*', r'\1', answer) for answer in answers]
    for name, count in collections.Counter(who).items():
        print(f'{name}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms', flush=True)


def port_range(text):
    found = re.fullmatch(r'([0-9]+)-([0-9]+)', text)
    first, last = map(int, found.groups()) if found else (0, 0)
    if 1 <= first <= last <= 65535:
        return first, last
    raise argparse.ArgumentTypeError(
        f"takes FIRST-LAST, ports from 1 to 65535, not '{text}'")


if __name__ == '__main__':
    main()
