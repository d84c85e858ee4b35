"""Two workers. A worker gets its data first, and listens when it has them: until
then the kernel sends it nobody."""
import os
import select
import socket
import sys
import time

from supervisor import begin_worker, is_worker, supervise


# #region work
def work():
    channel = begin_worker()
    load()
    listener = socket.create_server(
        ('127.0.0.1', 8091), backlog=511, reuse_port=True)
    print(f'worker {os.getpid()} is listening on 127.0.0.1:8091', flush=True)
    channel.send(b'r')
    serve(listener, channel)


def load():
    """Returns when the data is there. Nothing else runs meanwhile."""
    while not os.path.exists('data'):
        time.sleep(0.02)
# #endregion work


def serve(listener, channel):
    body = f'worker {os.getpid()}\n'
    answer = ('HTTP/1.1 200 OK\r\nConnection: close\r\n'
              f'Content-Length: {len(body)}\r\n\r\n{body}').encode()
    while True:
        ready, _, _ = select.select([listener, channel], [], [])
        if channel in ready:
            sys.exit()  # The parent has ended.
        connection, _ = listener.accept()
        try:
            with connection, connection.makefile('rb') as request:
                while request.readline().strip():
                    pass  # An empty line ends the head.
                connection.sendall(answer)
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.


if is_worker():
    work()
else:
    supervise(2)
