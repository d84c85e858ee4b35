"""Opens connections, all at once, and counts each worker's answers and the
connections that got none."""
import asyncio
import collections
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
    opening = [asyncio.create_task(asyncio.open_connection(host, port))
               for _ in range(connections)]
    await asyncio.sleep(0)  # All have asked: now patience begins.
    answers = await asyncio.gather(*(ask(each, patience) for each in opening))
    elapsed = int((time.monotonic() - start) * 1000)

    for answer, count in collections.Counter(answers).items():
        print(f'{answer}  {count}')
    print(f'total  {len(answers)} in {elapsed} ms')


# #region ask
async def ask(opening, patience):
    """Returns what the server says until it closes the connection, or what
    is missing when patience is over."""
    try:
        reader, writer = await asyncio.wait_for(opening, patience)
    except asyncio.TimeoutError:
        return 'not connected'
    try:
        answer = await asyncio.wait_for(reader.read(), patience)
        return answer.decode().strip() or 'no answer'
    except asyncio.TimeoutError:
        return 'no answer'
    finally:
        writer.close()
# #endregion ask


if __name__ == '__main__':
    main()
