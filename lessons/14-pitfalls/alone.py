"""As own.py, and starts only where nobody listens yet."""
import socket

from workers import (
    begin_parent, options, serve, start_worker, wait_for_workers)


def main():
    refuse_company(options.host, options.port)
    begin_parent()
    for _ in range(options.workers):
        start_worker(lambda: serve(listen(options)))
    wait_for_workers()


# #region alone
def refuse_company(host, port):
    """In the parent: tries the port without SO_REUSEPORT first. It fails if
    anybody listens there, with the option or without."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
# #endregion alone


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
