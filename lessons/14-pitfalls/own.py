"""Starts workers; each one makes a listener of its own, with SO_REUSEPORT."""
import socket

from workers import (
    begin_parent, options, serve, start_worker, wait_for_workers)


def main():
    # #region fork
    begin_parent()
    for _ in range(options.workers):
        # `listen` is called in the worker.
        start_worker(lambda: serve(listen(options)))
    wait_for_workers()
    # #endregion fork


# #region listen
def listen(options):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen(options.backlog)
    return listener
# #endregion listen


if __name__ == '__main__':
    main()
