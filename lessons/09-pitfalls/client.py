"""Opens connections, all at once, and counts each worker's answers and the
connections that got none."""
import argparse
import collections
import concurrent.futures
import socket
import sys
import time


def main():
    options = read_options()
    try:
        count_answers(
            options.host, options.port, options.connections,
            options.patience / 1000)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def count_answers(host, port, connections, patience):
    start = time.monotonic()
    # A thread for each connection, so that they wait at the same time.
    with concurrent.futures.ThreadPoolExecutor(connections) as threads:
        asked = [
            threads.submit(ask, host, port, patience)
            for _ in range(connections)]
    answers = [each.result() for each in asked]
    elapsed = int((time.monotonic() - start) * 1000)

    for answer, count in collections.Counter(answers).items():
        print(f'{answer}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


# #region ask
def ask(host, port, patience):
    """Returns what the server says until it closes the connection, or what
    is missing when patience is over."""
    try:
        connection = socket.create_connection((host, port), patience)
    except TimeoutError:
        return 'not connected'
    try:
        with connection, connection.makefile() as answer:
            return answer.read().strip()
    except TimeoutError:
        return 'no answer'
# #endregion ask


# #region options
def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--connections', type=whole_number(1, 1000),
                        default=1)
    parser.add_argument('--patience', type=whole_number(1, 60000),
                        default=2000, metavar='MS')
    return parser.parse_args()
# #endregion options


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
