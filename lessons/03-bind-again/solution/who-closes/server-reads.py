"""Waits for the end of what the client sends. Then it answers with a line,
`worker PID`, and closes."""
import os
import signal
import socket

with open('/proc/self/comm', 'w') as name:
    name.write('worker')
signal.signal(signal.SIGINT, signal.SIG_DFL)


# #region answer
def answer(connection):
    with connection:
        while connection.recv(1024):  # Until the client has said its end.
            pass
        connection.sendall(f'worker {os.getpid()}\n'.encode())
# #endregion answer


listener = socket.create_server(('127.0.0.1', 8083))
print(f'worker {os.getpid()} is listening on 127.0.0.1:8083', flush=True)
while True:
    accepted, _ = listener.accept()
    try:
        answer(accepted)
    except ConnectionError:
        pass  # A client that leaves early must not end the server.
