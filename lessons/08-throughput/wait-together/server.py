"""One worker. Its answer comes from a database, which is slow today: it answers
when the file `row` is there."""
import os
import signal
import socket
import time

with open('/proc/self/comm', 'w') as name:
    name.write('worker')
signal.signal(signal.SIGINT, signal.SIG_DFL)


# #region answer
def main():
    listener = socket.create_server(('127.0.0.1', 8083), backlog=511)
    print(f'worker {os.getpid()} is listening on 127.0.0.1:8083', flush=True)
    while True:
        connection, _ = listener.accept()
        answer(connection)


def answer(connection):
    try:
        with connection:
            ask_database()
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the server.


def ask_database():
    """Blocks until the database has answered, 10 ms at a time."""
    while not os.path.exists('row'):
        time.sleep(0.01)
# #endregion answer


if __name__ == '__main__':
    main()
