"""Opens connections, one after another. Counts the answers of each worker and
the different numbers."""
import collections
import re
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

    counts = collections.Counter(worker for worker, _ in answers)
    for worker, count in counts.items():
        print(f'{worker}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')
    numbers = {number for _, number in answers}
    print(f'different numbers  {len(numbers)}')


def ask(host, port):
    """Returns the worker's name, `worker PID`, and the visitor's number."""
    connection = socket.create_connection((host, port))
    with connection, connection.makefile() as file:
        answer = file.read().strip()
    worker = re.fullmatch(r'(worker \d+) (\d+)', answer)
    if not worker:
        raise OSError(f"the server said '{answer}'")
    return worker.groups()


if __name__ == '__main__':
    main()
