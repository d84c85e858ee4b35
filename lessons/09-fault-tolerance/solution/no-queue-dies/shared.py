"""Binds once, then forks: who has time takes what waits."""
import os
import socket

from workers import (
    begin_parent, begin_worker, options, serve, wait_for_workers)


def main():
    host, port, workers = options.host, options.port, options.workers

    # #region fork
    begin_parent()
    parent = os.getpid()
    listener = listen(host, port)
    for _ in range(workers):
        if os.fork() == 0:
            begin_worker(parent)
            print(f'worker {os.getpid()} is listening on {host}:{port}',
                  flush=True)
            serve(listener)  # Never returns.

    # The parent does not serve, so it closes its own.
    listener.close()
    wait_for_workers()
    # #endregion fork


# #region listen
def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(511)
    return listener
# #endregion listen


if __name__ == '__main__':
    main()
