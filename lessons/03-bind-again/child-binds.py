"""A child binds the port and ends. The parent serves, with the same socket."""
import os
import signal
import socket
import sys

HOST = '127.0.0.1'
PORT = 8080


def main():
    # The name that `ss` shows; without it that is python3 for every script.
    with open('/proc/self/comm', 'w') as name:
        name.write('worker')
    # Ctrl-C ends this process as it ends most programs: without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    # #region hand-over
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    child = os.fork()
    if child == 0:
        # In the child: the only place where the port is bound.
        listener.bind((HOST, PORT))
        listener.listen()
        os._exit(0)

    # In the parent: serves on the socket that the child has bound.
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(1)  # The child has said why.
    print(f'process {child} has bound the port, and ended')
    print(f'worker {os.getpid()} is listening on {HOST}:{PORT}', flush=True)

    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the server.
    # #endregion hand-over


if __name__ == '__main__':
    main()
