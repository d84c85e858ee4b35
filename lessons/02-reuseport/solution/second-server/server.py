"""Answers a connection with a line, `worker PID`. Every one of it
joins the port."""
import os
import signal
import socket

with open('/proc/self/comm', 'w') as name:
    name.write('worker')
signal.signal(signal.SIGINT, signal.SIG_DFL)

# #region listen
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(('127.0.0.1', 8082))
listener.listen()
print(f'worker {os.getpid()} is listening on 127.0.0.1:8082', flush=True)
while True:
    connection, _ = listener.accept()
    try:
        with connection:
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the server.
# #endregion listen
