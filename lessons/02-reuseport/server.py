"""A worker that shares its port: answers a connection with a line,
`worker PID`, and closes it."""
import os
import signal
import socket

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        reuse_port=True,
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
    if options.reuse_port:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    # #endregion listen

    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the server.


if __name__ == '__main__':
    main()
