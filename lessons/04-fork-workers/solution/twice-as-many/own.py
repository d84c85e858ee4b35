"""Two workers; the first has two listeners in the group, and so two of its
three shares."""
import os
import selectors
import socket

from workers import (
    answer, begin_parent, begin_worker, options, wait_for_workers)


def main():
    host, port = options.host, options.port

    # #region fork
    begin_parent()
    for count in (2, 1):
        if os.fork() == 0:
            begin_worker()
            serve([listen(host, port) for _ in range(count)])

    wait_for_workers()


def serve(listeners):
    """Answers connections of all its listeners; never returns."""
    selector = selectors.DefaultSelector()
    for listener in listeners:
        selector.register(listener, selectors.EVENT_READ)
        host, port = listener.getsockname()
        print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    while True:
        for ready, _ in selector.select():
            connection, _ = ready.fileobj.accept()
            answer(connection)
# #endregion fork


def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(511)
    return listener


if __name__ == '__main__':
    main()
