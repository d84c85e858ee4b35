"""An HTTP server whose workers each make a listener of their own, with
SO_REUSEPORT."""
import ctypes
import os
import signal
import socket
import sys
import threading

from options import read_options, whole_number

PR_SET_PDEATHSIG = 1  # From <linux/prctl.h>; Python has no name for it.


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        workers=whole_number(4, 1, 64),
    )
    name_process('parent')
    # Ctrl-C ends it, and the workers, which inherit this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getpid()
    for _ in range(options.workers):
        if os.fork() == 0:
            try:
                work(options, parent)
            except OSError as error:
                print(f'own.py: {error}', file=sys.stderr, flush=True)
            os._exit(1)  # Or the copy would go on like the parent.
    wait_for_workers()


def work(options, parent):
    name_process('worker')
    end_with(parent)
    listener = socket.create_server(
        (options.host, options.port), backlog=511, reuse_port=True)
    print(f'worker {os.getpid()} is listening on '
          f'{options.host}:{options.port}', flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection]).start()


def answer(connection):
    try:
        with connection:
            connection.recv(1000)
            connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n'
                               + f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.


def end_with(parent):
    """The kernel ends the worker when its parent ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        os._exit(0)


def wait_for_workers():
    """The parent's exit status is that of the worker which ended last."""
    # Ctrl-C reaches parent and workers. The workers end; the parent goes on
    # until the last one has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 0
    while True:
        try:
            _, status = os.wait()
        except ChildProcessError:
            sys.exit(code)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


if __name__ == '__main__':
    main()
