"""Opens connections, one after another, and counts each worker's answers."""
import argparse
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
        from_ports=dict(type=port_range),
        list=False,
    )
    try:
        ask_all(options)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def ask_all(options):
    start = time.monotonic()
    answers = []
    for from_port in options.from_ports or [None] * options.connections:
        answer = ask(options.host, options.port, from_port)
        answers.append(answer)
        if options.list:
            print(f'{from_port or "any"}  {answer}')
    if not options.list:
        print_counts(answers, start)


# #region ask
def ask(host, port, from_port):
    """Returns what the worker says. From None: the kernel chooses the port to
    connect from."""
    source = ('', from_port) if from_port else None
    connection = socket.create_connection((host, port), source_address=source)
    with connection, connection.makefile() as answer:
        return answer.read().strip()
# #endregion ask


def print_counts(answers, start):
    elapsed = int((time.monotonic() - start) * 1000)
    for answer, count in collections.Counter(answers).items():
        print(f'{answer}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


def port_range(text):
    """All ports of `20000-20399`, or one."""
    match = re.fullmatch(r'([0-9]+)(?:-([0-9]+))?', text)
    if match:
        low, high = int(match[1]), int(match[2] or match[1])
        if 1 <= low <= high <= 65535:
            return range(low, high + 1)
    raise argparse.ArgumentTypeError(
        f"takes a port, or FIRST-LAST, from 1 to 65535, not '{text}'")


if __name__ == '__main__':
    main()
