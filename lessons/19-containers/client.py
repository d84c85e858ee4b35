"""Opens connections, one after another, and counts each worker's answers, and
those that never came."""
import argparse
import collections
import socket
import sys
import time


def main():
    options = read_options()
    try:
        count_answers(options.host, options.port, options.connections)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def count_answers(host, port, connections):
    start = time.monotonic()
    answers = [ask(host, port) for _ in range(connections)]
    elapsed = int((time.monotonic() - start) * 1000)

    for worker, count in collections.Counter(answers).items():
        print(f'{worker}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


def ask(host, port):
    """Returns what the server says until it closes the connection."""
    connection = socket.create_connection((host, port))
    with connection, connection.makefile() as answer:
        return answer.read().strip() or 'no answer'


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--connections', type=whole_number(1, 10000),
                        default=1)
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
