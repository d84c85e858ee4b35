"""Many users at once send HTTP requests. Counts the answers of each worker and
the requests that are lost."""
import argparse
import asyncio
import collections
import os
import signal
import sys
import time

# Requests from one restart to the next.
PACE = 2500


def main():
    options = read_options()
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


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--requests', type=whole_number(1, 1000000),
                        default=float('inf'))
    parser.add_argument('--users', type=whole_number(1, 1000), default=200)
    parser.add_argument('--keep-alive', action='store_true')
    parser.add_argument('--restart', type=whole_number(2, 4194304),
                        metavar='PID')
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
