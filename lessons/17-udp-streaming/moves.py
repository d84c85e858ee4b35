"""How many flows change worker under three ways of choosing, when one joins and
when one leaves."""
import functools
import hashlib

from options import read_options, whole_number

FLOWS = 10_000


# #region choose
def pieces(flow, workers):
    """As the kernel does: the hash is a point on a line that is cut into equal
    pieces."""
    return workers[number(flow) * len(workers) >> 32]


def remainder(flow, workers):
    """As many programs do."""
    return workers[number(flow) % len(workers)]


def highest(flow, workers):
    """One kind of consistent hashing: each worker draws a number for the flow,
    and the highest has it."""
    return max(workers, key=lambda worker: number(flow + worker))
# #endregion choose


@functools.cache
def number(text):
    """A hash of 32 bits."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], 'big')


def main():
    count = read_options(workers=whole_number(4, 2, 16)).workers
    before = [f'worker {i + 1}' for i in range(count)]
    print_row('moved when', 'equal pieces', 'remainder', 'consistent')
    print_row('one joins', *percents(before, [*before, f'worker {count + 1}']))
    for worker in before:
        print_row(f'{worker} leaves', *percents(before, without(before, worker)))


def without(workers, worker):
    """The last one fills the gap."""
    *others, last = workers
    return [last if other == worker else other for other in others]


def percents(before, after):
    """How many flows change worker under each of the three ways."""
    flows = [f'flow {i}' for i in range(FLOWS)]
    for choose in pieces, remainder, highest:
        moved = sum(choose(flow, before) != choose(flow, after)
                    for flow in flows)
        yield f'{round(moved / FLOWS * 100)} %'


def print_row(event, *cells):
    print(f'{event:16}' + ''.join(f'{cell:>12}' for cell in cells))


if __name__ == '__main__':
    main()
