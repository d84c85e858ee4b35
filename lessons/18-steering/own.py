"""Forks workers one after another; each one makes a listener of its own, with
SO_REUSEPORT."""
import os
import socket

from workers import (
    begin_parent, begin_worker, options, serve, wait_for_workers)


def main():
    begin_parent()
    for _ in range(options.workers):
        if not start_worker(options.host, options.port):
            break
    wait_for_workers()


# #region fork
def start_worker(host, port):
    """Waits until the new worker listens. So we know their order."""
    parent = os.getpid()
    ready, tell = os.pipe()
    if os.fork() == 0:
        begin_worker(parent)
        listener = listen(host, port)
        print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
        os.write(tell, b'r')
        serve(listener)  # Never returns.

    os.close(tell)
    listening = os.read(ready, 1)  # Nothing, if the worker has ended.
    os.close(ready)
    return listening


def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(511)
    return listener
# #endregion fork


if __name__ == '__main__':
    main()
