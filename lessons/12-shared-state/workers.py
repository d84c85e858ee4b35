"""What the scripts of this lesson share: two workers that add at the same
time, and a count in a file."""
import os
import signal
import socket
import sys


def start_workers(work):
    """Calls `work(meet)` in two workers, and waits until both have ended."""
    # Ctrl-C ends all three as it ends most programs: without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    channels = [start(work), start(work)]
    for channel in channels:
        if not channel.recv(1):
            sys.exit(1)  # The worker has said why.
    for channel in channels:
        channel.send(b'g')  # Go on.
    for _ in channels:
        _, status = os.wait()
        if status != 0:
            sys.exit(1)


def start(work):
    """Returns the parent's end of a channel to the new worker."""
    ours, theirs = socket.socketpair()
    if os.fork() != 0:
        theirs.close()
        return ours
    ours.close()

    # #region meet
    def meet():
        """Waits until the other worker is here, too."""
        theirs.send(b'h')  # I am here.
        theirs.recv(1)
    # #endregion meet

    work(meet)
    sys.exit()


# #region file
def read_count():
    with open('count') as file:
        return int(file.read())


def write_count(count):
    """Others read the old number or the new one."""
    name = f'count.{os.getpid()}'
    with open(name, 'w') as file:
        file.write(f'{count}\n')
    os.rename(name, 'count')
# #endregion file
