"""How many of N connections a worker gets if each one falls on a worker by
chance: all but the improbable."""
import math

from options import read_options, whole_number

# #region bounds
# The chance that any worker gets fewer or more.
FALSE_ALARM = 1e-6


def main():
    options = read_options(
        connections=whole_number(1000, 1, 1_000_000),
        workers=whole_number(4, 2, 64),
    )
    connections, workers = options.connections, options.workers

    mean = round(connections / workers)
    # From the most improbable counts inwards.
    distance = connections
    improbable = chance_at(distance, mean, connections, workers)
    while workers * improbable < FALSE_ALARM:
        distance -= 1
        improbable += chance_at(distance, mean, connections, workers)
    low = max(mean - distance, 0)
    high = min(mean + distance, connections)
    print(f'{connections} connections, {workers} workers: {low} to {high} each')


def chance_at(distance, mean, connections, workers):
    """The chance that a worker's count is exactly so far from the mean."""
    return (chance(mean - distance, connections, workers)
            + chance(mean + distance, connections, workers))


def chance(count, connections, workers):
    """The chance of exactly this count for a worker: the binomial
    distribution."""
    others = connections - count
    if count < 0 or others < 0:
        return 0
    # As logarithms: the numbers themselves are too large and too small.
    # lgamma(n + 1) is the logarithm of n!.
    ways = (math.lgamma(connections + 1) - math.lgamma(count + 1)
            - math.lgamma(others + 1))
    return math.exp(ways + others * math.log(workers - 1)
                    - connections * math.log(workers))
# #endregion bounds


if __name__ == '__main__':
    main()
