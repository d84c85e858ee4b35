"""Sends HTTP requests all at once, each on a connection of its own, and counts
the answers of each worker."""
import asyncio
import collections
import errno
import os
import sys
import time

from options import read_options, whole_number

# After so much silence it says what has not come. Seconds.
PATIENCE = 3


def main():
    try:
        asyncio.run(ask_all(read_options(
            host='127.0.0.1',
            port=whole_number(8080, 1, 65535),
            connections=whole_number(1, 1, 10000),
        )))
    except OSError as error:
        # asyncio words some errors of the system in its own way.
        system = error.errno and error.errno > 0
        reason = os.strerror(error.errno) if system else error.strerror
        sys.exit(f'client.py: {reason}')


# #region count
async def ask_all(options):
    start = time.monotonic()
    # Silence begins when all have been sent.
    sent = await asyncio.gather(
        *(send(options) for _ in range(options.connections)))
    waiting = {asyncio.ensure_future(read(*streams)) for streams in sent}
    counts = collections.Counter()
    done = waiting
    while waiting:
        # Once it has said so, it waits without a limit for the next answer.
        done, waiting = await asyncio.wait(
            waiting, timeout=PATIENCE if done else None,
            return_when=asyncio.FIRST_COMPLETED)
        counts.update(task.result() for task in done)
        if not done:
            print_counts(counts)
            print(f'no answer yet  {len(waiting)}', flush=True)
    # #endregion count
    print_counts(counts)
    elapsed = int((time.monotonic() - start) * 1000)
    print(f'total  {options.connections} in {elapsed} ms')


async def send(options):
    reader, writer = await asyncio.open_connection(options.host, options.port)
    writer.write(b'GET / HTTP/1.0\r\n\r\n')
    return reader, writer


async def read(reader, writer):
    """Returns the last line of the answer, or the name of the error."""
    try:
        answer = await reader.read()
        writer.close()
        return answer.decode().strip().split('\n')[-1] or 'closed'
    except (ConnectionResetError, BrokenPipeError) as error:
        return errno.errorcode[error.errno]


def print_counts(counts):
    for answer, count in counts.items():
        print(f'{answer}  {count}')
    counts.clear()


if __name__ == '__main__':
    main()
