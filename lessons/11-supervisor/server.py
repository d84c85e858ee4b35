"""Workers that answer each HTTP request with a line, `worker PID`, under a
parent that replaces them."""
import asyncio
import errno
import os
import signal
import socket
import time

from options import read_options, whole_number
from supervisor import (
    begin_worker, is_worker, leave_by_deadline, supervise)


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        workers=whole_number(2, 1, 64),
        block=whole_number(2, 0, 10000),
        crash_after=whole_number(0, 0, 100000),
    )
    if is_worker():
        channel = begin_worker()
        asyncio.run(Worker(options, channel).serve())
    else:
        supervise(options.workers)


class Worker:
    """Serves many connections in one thread, a task for each."""

    def __init__(self, options, channel):
        self.options = options
        self.channel = channel
        self.leaving = False
        self.connections = set()

    async def serve(self):
        self.loop = asyncio.get_running_loop()
        self.left = asyncio.Event()
        self.handle_orders()

        # #region listen
        host, port = self.options.host, self.options.port
        self.listener = socket.create_server(
            (host, port), backlog=511, reuse_port=True)
        self.listener.setblocking(False)
        self.loop.add_reader(self.listener, self.accept)
        print(f'worker {os.getpid()} is listening on {host}:{port}',
              flush=True)
        self.channel.send(b'r')
        # #endregion listen
        if self.options.crash_after:
            self.loop.call_later(
                self.options.crash_after / 1000, os._exit, 7)
        await self.left.wait()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    # No descriptor is left: what waits is taken up later.
                    self.loop.remove_reader(self.listener)
                    self.loop.call_later(0.1, self.accept_again)
                return  # Else the queue is empty.
            connection.setblocking(False)
            task = self.loop.create_task(self.converse(connection))
            self.connections.add(task)
            task.add_done_callback(self.forget)

    def accept_again(self):
        if not self.leaving:
            self.loop.add_reader(self.listener, self.accept)

    async def converse(self, connection):
        with connection:
            try:
                while request := await self.read(connection):
                    close = b'\r\nconnection: close' in request.lower()
                    answer = self.answer(close)
                    await self.loop.sock_sendall(connection, answer)
                    if b'close' in answer:
                        return
            except ConnectionError:
                pass  # A client that leaves early must not end the worker.

    # #region answer
    def answer(self, close):
        time.sleep(self.options.block / 1000)
        body = f'worker {os.getpid()}\n'
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n'
        if close or self.leaving:
            head += 'Connection: close\r\n'
        return f'{head}\r\n{body}'.encode()
    # #endregion answer

    async def read(self, connection):
        """Returns a request; b'' at the end. All are GET, without a body."""
        request = b''
        while not request.endswith(b'\r\n\r\n'):
            part = await self.loop.sock_recv(connection, 4096)
            if not part:
                return b''
            request += part
        return request

    # #region leave
    def handle_orders(self):
        self.loop.add_signal_handler(signal.SIGTERM, self.drain)
        # The channel to the parent closes when the parent has ended.
        self.loop.add_reader(self.channel, self.drain)

    def drain(self):
        if not self.leaving:
            self.leaving = True
            self.loop.remove_reader(self.channel)
            self.accept()  # What waits in the queue would be reset.
            self.loop.remove_reader(self.listener)
            self.listener.close()
            # #endregion leave
            leave_by_deadline()
            self.forget(None)

    def forget(self, task):
        """The worker has left when its last connection is closed."""
        self.connections.discard(task)
        if self.leaving and not self.connections:
            self.left.set()


if __name__ == '__main__':
    main()
