"""As own.py, and the kernel kills a worker when its parent has ended."""
import ctypes
import os
import signal
import socket

from workers import (
    begin_parent, begin_worker, options, serve, wait_for_workers)

PR_SET_PDEATHSIG = 1  # From <linux/prctl.h>; Python has no name for it.


def main():
    host, port, workers = options.host, options.port, options.workers

    begin_parent()
    parent = os.getpid()
    for _ in range(workers):
        if os.fork() == 0:
            begin_worker()
            end_with(parent)
            listener = listen(host, port)
            serve(listener)  # Never returns.

    wait_for_workers()


# #region kill
def end_with(parent):
    """In the worker: asks the kernel for a SIGKILL when the parent ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        os._exit(0)
# #endregion kill


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
