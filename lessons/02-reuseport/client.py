"""Opens connections, one after another, and counts each worker's answers."""
import collections
import socket
import sys
import time

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        connections=whole_number(1, 1, 10000),
    )
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
        return answer.read().strip()


if __name__ == '__main__':
    main()
