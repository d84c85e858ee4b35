"""Many users at once send HTTP requests. Counts the answers of each worker and
the requests that are lost."""
import asyncio
import collections
import os
import signal
import sys
import time

from options import read_options, whole_number

# Requests from one restart to the next.
PACE = 2500


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        requests=whole_number(float('inf'), 1, 1000000),
        users=whole_number(200, 1, 1000),
        keep_alive=False,
        restart=whole_number(None, 2, 4194304),
    )
    try:
        asyncio.run(Load(options).run())
    except OSError as error:
        sys.exit(f'client.py: {error}')


class Load:
    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.lost = collections.Counter()
        self.asked = 0
        self.answered = 0
        self.stopped = False
        # The workers that were there when the last restart was ordered.
        self.old = []
        self.restarts = 0

    async def run(self):
        options = self.options
        # Ctrl-C: no further requests; those under way are still counted.
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.stop)
        if options.requests == float('inf') and not options.restart:
            print(f'{options.users} users ask {options.host}:{options.port} '
                  'until Ctrl-C', flush=True)

        start = time.monotonic()
        await asyncio.gather(*(self.use() for _ in range(options.users)))
        elapsed = int((time.monotonic() - start) * 1000)

        for worker, count in self.counts.items():
            print(f'{worker}  {count}')
        print(f'total  {self.answered} in {elapsed} ms')
        if options.restart:
            print(f'restarts  {self.restarts}')
        reset, refused = self.lost['reset'], self.lost['refused']
        print(f'lost  {reset + refused}: {reset} reset, {refused} refused')

    def stop(self):
        self.stopped = True

    # #region count
    async def use(self):
        """One user: one request after another."""
        user = User(self.options)
        while self.goes_on():
            self.asked += 1
            try:
                worker = await user.ask()
                self.counts[worker] += 1
                self.answered += 1
            except ConnectionRefusedError:
                self.lost['refused'] += 1
            except (ConnectionError, asyncio.IncompleteReadError):
                self.lost['reset'] += 1
        user.close()
    # #endregion count

    def goes_on(self):
        """With --restart: a restart now and then, and the load goes on
        until the last one is over."""
        if self.stopped:
            return False
        over = not any(os.path.exists(f'/proc/{pid}') for pid in self.old)
        more = self.asked < self.options.requests
        due = self.asked >= self.restarts * PACE
        if self.options.restart and over and more and due:
            self.order_restart(self.options.restart)
        return more or not over

    def order_restart(self, parent):
        with open(f'/proc/{parent}/task/{parent}/children') as children:
            self.old = children.read().split()
        os.kill(parent, signal.SIGHUP)
        self.restarts += 1


class User:
    def __init__(self, options):
        self.address = options.host, options.port
        connection = 'keep-alive' if options.keep_alive else 'close'
        self.request = (f'GET / HTTP/1.1\r\nHost: {options.host}\r\n'
                        f'Connection: {connection}\r\n\r\n').encode()
        self.reader = self.writer = None

    async def ask(self):
        """Returns the whole answer, which is one line."""
        keep = False
        try:
            if self.writer is None:
                self.reader, self.writer = (
                    await asyncio.open_connection(*self.address))
            self.writer.write(self.request)
            head = await self.reader.readuntil(b'\r\n\r\n')
            body = await self.reader.readuntil(b'\n')
            keep = b'\r\nconnection: close' not in head.lower()
            return body.decode().strip()
        finally:
            if not keep:
                self.close()

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.writer = None


if __name__ == '__main__':
    main()
