"""A worker: answers a connection with a line, `worker PID`, and closes it."""
import os
import signal
import socket
import time

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        work=whole_number(0, 0, 10000),
    )
    host, port = options.host, options.port

    # The name that `ss` shows; without it that is python3 for every script.
    with open('/proc/self/comm', 'w') as name:
        name.write('worker')
    # Ctrl-C ends this process as it ends most programs: without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    # #region listen
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)

    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                compute(options.work)
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the server.
    # #endregion listen


def compute(milliseconds):
    """Keeps the process busy, as a handler does that computes for so long."""
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end:
        pass


if __name__ == '__main__':
    main()
