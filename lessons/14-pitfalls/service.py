"""The usual mistake: sets SO_REUSEPORT, binds once, then forks."""
import socket

from workers import (
    begin_parent, options, serve, start_worker, wait_for_workers)


def main():
    # #region fork
    begin_parent()
    listener = listen(options)
    for _ in range(options.workers):
        start_worker(lambda: serve(listener))
    # The parent does not serve, so it closes its own.
    listener.close()
    wait_for_workers()
    # #endregion fork


def listen(options):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen(options.backlog)
    return listener


if __name__ == '__main__':
    main()
