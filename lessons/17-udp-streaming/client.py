"""Sends streams from a port each, and counts which worker gets them: for a few
packets, or on and on."""
import collections
import random
import selectors
import signal
import socket
import sys
import time

from rtp import packet

from options import read_options, whole_number

AGAIN = 0.25  # A packet without an answer goes again after so many seconds,
TIMES = 20  # for so many times.
# At once: more would not fit into a socket that nobody reads at that moment.
BATCH = 100
PAUSE = 0.2  # Seconds from one packet of a stream to the next.
NUMBERS = 65536  # A packet's number has 16 bits.


class Flow:
    # #region open
    def __init__(self, options, stream):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((options.host, options.port))
        self.socket.setblocking(False)
        self.stream = stream
        self.number = 0  # Of the packet that goes next.
        self.worker = ''  # Who has answered its last packet.
        self.gap = False  # A worker has missed packets of it.
    # #endregion open

    def send(self):
        self.socket.send(packet(self.stream, self.number))

    def receive(self):
        """Says whether an answer to the packet has come."""
        answer = self.socket.recv(100).decode()
        _, pid, number, missed = answer.split()
        # It may be the second answer to a packet that went twice.
        if int(number) != self.number:
            return False
        self.worker = f'worker {pid}'
        self.gap = self.gap or int(missed) > 0
        return True


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(5004, 1, 65535),
        flows=whole_number(1, 1, 10000),
        # 0: on and on.
        packets=whole_number(0, 0, 10000),
    )
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    base = random.getrandbits(31)
    try:
        flows = [Flow(options, base + i) for i in range(options.flows)]
        if options.packets > 0:
            send_some(flows, options.packets)
        else:
            send_on(flows)
    except OSError as error:
        sys.exit(f'client.py: {error}')


def send_some(flows, packets):
    """Some packets of each stream, and an end."""
    start = time.monotonic()
    answers = []
    for _ in range(packets):
        send_round(flows)
        answers += [flow.worker for flow in flows]
    print_counts(answers, start)


# #region watch
def send_on(flows):
    """Streams without end. Says who gets them, and again whenever that has
    changed."""
    told = before = []
    while True:
        start = time.monotonic()
        send_round(flows)
        now = [flow.worker for flow in flows]
        if not told:
            print_counts(now, start)
            told = now
        # A change is told when it is over: a round in which nothing moves.
        elif now == before and now != told:
            moved = sum(new != old for new, old in zip(now, told))
            print_counts(now, start, moved, sum(flow.gap for flow in flows))
            for flow in flows:
                flow.gap = False
            told = now
        before = now
        time.sleep(PAUSE)
# #endregion watch


def send_round(flows):
    """The next packet of each stream, until each is answered."""
    for first in range(0, len(flows), BATCH):
        send_batch(flows[first:first + BATCH])


def send_batch(batch):
    waiting = set(batch)
    with selectors.DefaultSelector() as selector:
        for flow in batch:
            selector.register(flow.socket, selectors.EVENT_READ, flow)
        for _ in range(TIMES):
            for flow in waiting:
                flow.send()
            end = time.monotonic() + AGAIN
            while waiting and (rest := end - time.monotonic()) > 0:
                for key, _ in selector.select(rest):
                    if key.data.receive():
                        waiting.discard(key.data)
            if not waiting:
                break
        else:
            host, port = batch[0].socket.getpeername()
            raise TimeoutError(f'nobody answers on {host}:{port}')
    for flow in batch:
        flow.number = (flow.number + 1) % NUMBERS


def print_counts(workers, start, moved=None, gaps=None):
    elapsed = int((time.monotonic() - start) * 1000)
    for worker, count in collections.Counter(workers).items():
        print(f'{worker}  {count}')
    if moved is not None:
        print(f'moved  {moved}')
        print(f'with a gap  {gaps}')
    print(f'total  {len(workers)} in {elapsed} ms', flush=True)


if __name__ == '__main__':
    main()
