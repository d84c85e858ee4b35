"""Opens connections, all at once, and counts each worker's answers and the
connections that got none."""
import asyncio
import collections
import contextlib
import sys
import time

from options import read_options, whole_number


def main():
    # #region options
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        connections=whole_number(1, 1, 1000),
        patience=whole_number(2000, 1, 60000),
    )
    # #endregion options
    try:
        asyncio.run(count_answers(
            options.host, options.port, options.connections,
            options.patience / 1000))
    except ConnectionRefusedError:
        sys.exit('client.py: connection refused: nobody listens on '
                 f'{options.host}:{options.port}')
    except OSError as error:
        sys.exit(f'client.py: {error}')


async def count_answers(host, port, connections, patience):
    start = time.monotonic()
    asked = [asyncio.create_task(ask(host, port)) for _ in range(connections)]
    waiting = asked
    while waiting:
        answered, waiting = await asyncio.wait(
            waiting, timeout=patience,
            return_when=asyncio.FIRST_COMPLETED)
        if not answered:  # Nothing has happened on any of them.
            for each in waiting:
                each.cancel()
    answers = await asyncio.gather(*asked)
    elapsed = int((time.monotonic() - start) * 1000)

    for answer, count in collections.Counter(answers).items():
        print(f'{answer}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


# #region ask
async def ask(host, port):
    """Returns what the server says until it closes the connection, or what
    is missing when it is given up."""
    seen = 'not connected'
    try:
        reader, writer = await asyncio.open_connection(host, port)
        seen = 'no answer'
        with contextlib.closing(writer):
            answer = await reader.read()
        return answer.decode().strip() or seen
    except asyncio.CancelledError:
        return seen
# #endregion ask


if __name__ == '__main__':
    main()
