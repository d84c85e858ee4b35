"""Opens connections and counts each worker's answers."""
import collections
import socket
import struct
import sys
import time

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        # 0: the kernel chooses the client's port.
        from_port=whole_number(0, 0, 65535),
        connections=whole_number(1, 1, 10000),
        # 0: the worker says when the connection ends.
        requests=whole_number(0, 0, 10000),
        at_once=False,
    )
    try:
        count_answers(options)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def count_answers(options):
    start = time.monotonic()
    asked = ask_at_once if options.at_once else ask_in_turn
    answers = asked(options)
    elapsed = int((time.monotonic() - start) * 1000)

    for worker, count in collections.Counter(answers).items():
        print(f'{worker}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


def ask_in_turn(options):
    """Opens a connection when the one before is closed."""
    answers = []
    for _ in range(options.connections):
        answers += ask(open_connection(options), options.requests)
    return answers


def ask_at_once(options):
    """Opens all connections before it reads an answer."""
    opened = [open_connection(options) for _ in range(options.connections)]
    print(f'{len(opened)} connections are open', flush=True)
    answers = []
    for connection in opened:
        answers += ask(connection, options.requests)
    return answers


# #region open
def open_connection(options):
    connection = socket.create_connection(
        (options.host, options.port),
        source_address=('', options.from_port))
    # close() then waits until the other side knows of it: the next connection
    # may come from the same port.
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 60))
    return connection
# #endregion open


def ask(connection, requests):
    with connection, connection.makefile() as answers:
        if requests == 0:
            return [answers.read().strip()]
        return converse(connection, answers, requests)


def converse(connection, answers, requests):
    """Sends a request when the one before is answered, on this connection."""
    received = []
    for _ in range(requests):
        connection.sendall(b'\n')
        answer = answers.readline()
        if not answer:
            raise ConnectionError('the worker closes after each answer:'
                                  ' start it with --keep-alive')
        received.append(answer.strip())
    return received


if __name__ == '__main__':
    main()
