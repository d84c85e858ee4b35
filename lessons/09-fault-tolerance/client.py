"""Opens connections, sends a request on each, and counts each worker's answers,
and what else happened."""
import collections
import errno
import select
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
        hold=False,
    )
    start = time.monotonic()
    try:
        if options.hold:
            ask_twice(options, start)
        elif options.at_once:
            ask_all(options, start)
        else:
            ask_in_turn(options, start)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def ask_in_turn(options, start):
    answers = []
    for _ in range(options.connections):
        with open_connection(options) as connection:
            answers.append(ask(connection))
    print_counts(answers, start)


def ask_all(options, start):
    opened = [open_connection(options) for _ in range(options.connections)]
    print(f'{len(opened)} connections are open', flush=True)
    for connection in opened:
        connection.sendall(b'\n')
    print_counts([receive(connection) for connection in opened], start)


# #region hold
def ask_twice(options, start):
    """Asks on each connection, waits until one is closed, and asks on each
    again."""
    opened = [open_connection(options) for _ in range(options.connections)]
    print_counts([ask(connection) for connection in opened], start)
    select.select(opened, [], [])
    again = [ask(connection) for connection in opened]
    print_counts([answer if answer.startswith('worker') else 'lost'
                  for answer in again], start)
# #endregion hold


def open_connection(options):
    return socket.create_connection((options.host, options.port))


# #region ask
def ask(connection):
    """Returns the answer to one request, or the name of the error."""
    try:
        connection.sendall(b'\n')
        return receive(connection)
    except ConnectionError as error:
        return errno.errorcode[error.errno]


def receive(connection):
    try:
        answer = connection.recv(100)
        return answer.decode().strip() or 'closed'
    except ConnectionError as error:
        return errno.errorcode[error.errno]
# #endregion ask


def print_counts(answers, start):
    elapsed = int((time.monotonic() - start) * 1000)
    for answer, count in collections.Counter(answers).items():
        print(f'{answer}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms', flush=True)


if __name__ == '__main__':
    main()
