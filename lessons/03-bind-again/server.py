"""A worker that shares its port: answers a connection with a line,
`worker PID`, and closes it."""
import argparse
import os
import signal
import socket


def main():
    options = read_options()
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


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--reuse-port', default=True,
                        action=argparse.BooleanOptionalAction)
    return parser.parse_args()


def whole_number(low, high):
    """Makes a parser of option values: whole numbers from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return parse


if __name__ == '__main__':
    main()
