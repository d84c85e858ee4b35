"""Starts workers; each one makes a listener of its own, with SO_REUSEPORT."""
import socket

from options import read_options, whole_number
from workers import (
    answer, begin_parent, say_ready, start_worker, wait_for_workers)


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        workers=whole_number(2, 1, 64),
        reuse_port=True,
    )

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
    listener.listen(511)
    say_ready(listener)
    while True:
        connection, _ = listener.accept()
        answer(connection)
# #endregion work


if __name__ == '__main__':
    main()
