"""Answers each connection with the number of its process."""
import os
import socket
import sys

# #region listen
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    listener.bind(("127.0.0.1", 8080))
    listener.listen()
except OSError as error:
    sys.exit(f"listen {error.strerror}")
print(f"worker {os.getpid()} is listening on 8080", flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(f"hello from {os.getpid()}\n".encode())
# #endregion listen
