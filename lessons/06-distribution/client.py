"""Opens connections and counts each worker's answers."""
import argparse
import collections
import socket
import sys
import time


def main():
    options = read_options()
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
    return socket.create_connection(
        (options.host, options.port),
        source_address=('', options.from_port))
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


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    # 0: the kernel chooses the client's port.
    parser.add_argument('--from-port', type=whole_number(0, 65535), default=0)
    parser.add_argument('--connections', type=whole_number(1, 10000),
                        default=1)
    # 0: the worker says when the connection ends.
    parser.add_argument('--requests', type=whole_number(0, 10000), default=0)
    parser.add_argument('--at-once', action='store_true')
    return parser.parse_args()


def whole_number(low, high):
    """Makes a parser of option values: whole numbers from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return parse


if __name__ == '__main__':
    main()
