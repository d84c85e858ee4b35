"""Starts workers; each one makes a listener of its own, with SO_REUSEPORT."""
import argparse
import socket

from workers import (
    answer, begin_parent, say_ready, start_worker, wait_for_workers,
    whole_number)


def main():
    options = read_options()

    begin_parent()
    for _ in range(options.workers):
        start_worker(lambda: work(options))
    wait_for_workers()


# #region work
def work(options):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuse_port:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen(options.backlog)
    say_ready(listener)
    while True:
        connection, _ = listener.accept()
        answer(connection)
# #endregion work


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--workers', type=whole_number(1, 64), default=2)
    parser.add_argument('--backlog', type=whole_number(1, 65535), default=511)
    parser.add_argument('--reuse-port', default=True,
                        action=argparse.BooleanOptionalAction)
    return parser.parse_args()


if __name__ == '__main__':
    main()
