"""What tail.py and throughput.py share: a server that is started and ended, its
CPU time, and a request to it."""
import asyncio
import contextlib
import pathlib
import subprocess
import sys


# #region start
@contextlib.contextmanager
def running(script, port, workers, *args):
    """SCRIPT on this port, from when it listens to the end of the `with`
    block; gives the parent's pid."""
    file = pathlib.Path(__file__).with_name(script)
    options = ['--port', str(port), '--workers', str(workers), *args]
    parent = subprocess.Popen([sys.executable, file, *options],
                              stdout=subprocess.PIPE, text=True)
    try:
        # In cluster.py the parent listens; else each worker does.
        wait_for_listeners(parent.stdout,
                           1 if script == 'cluster.py' else workers, script)
        yield parent.pid
    finally:
        # The workers end with their parent. They hold its standard output,
        # too: it ends with the last one.
        parent.terminate()
        parent.communicate()


def wait_for_listeners(lines, count, script):
    ready = 0
    while ready < count:
        line = lines.readline()
        if not line:
            raise OSError(f'{script} has not started')
        ready += line.count('is listening on')
# #endregion start


def cpu_time(parent):
    """The milliseconds of CPU time that a parent and its workers have used."""
    children = pathlib.Path(f'/proc/{parent}/task/{parent}/children')
    milliseconds = 0
    for pid in [parent, *children.read_text().split()]:
        for thread in pathlib.Path(f'/proc/{pid}/task').iterdir():
            # The first number: nanoseconds that the thread has run.
            times = (thread / 'schedstat').read_text().split()
            milliseconds += int(times[0]) / 1e6
    return milliseconds


async def ask(port):
    """Returns a worker's answer, on a connection of its own."""
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    answer = await reader.read()
    writer.close()
    return answer.decode()
