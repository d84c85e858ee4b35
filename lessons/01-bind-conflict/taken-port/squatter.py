"""Somebody's old service, on port 8090: when it is ended, it is there
again."""
import os
import socket

with open('/proc/self/comm', 'w') as name:
    name.write('squatter')


# #region again
def main():
    while True:
        if os.fork() == 0:
            serve()
        os.wait()


def serve():
    listener = socket.create_server(('127.0.0.1', 8090))
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.sendall(b'an old service\n')
        except ConnectionError:
            pass  # A client that leaves early must not end the server.
# #endregion again


if __name__ == '__main__':
    main()
