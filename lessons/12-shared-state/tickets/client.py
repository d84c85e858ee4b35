"""400 visitors come at once. A ticket is valid if its number is 1 to 100, and
nobody else has got the same one."""
import collections
import socket
import time


def main():
    start = time.monotonic()
    visitors = [socket.create_connection(('127.0.0.1', 8094))
                for _ in range(400)]
    answers = [read(visitor) for visitor in visitors]
    elapsed = int((time.monotonic() - start) * 1000)

    # #region count
    sold = [answer.split() for answer in answers if 'worker' in answer]
    times = collections.Counter(int(number) for _, _, number in sold)
    valid = [f'worker {pid}' for _, pid, number in sold
             if 1 <= int(number) <= 100 and times[int(number)] == 1]
    # #endregion count
    print(f'{len(sold)} tickets are sold; valid are:')
    for worker, count in collections.Counter(valid).items():
        print(f'{worker}  {count}')
    print(f'total  {len(valid)} in {elapsed} ms')


def read(visitor):
    with visitor, visitor.makefile() as answer:
        return answer.read()


if __name__ == '__main__':
    main()
