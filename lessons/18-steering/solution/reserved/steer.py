"""Attaches a program to the group of port 8084: source ports below 30000 have
the fourth worker for themselves."""
import group

LOAD_HALF = 0x28  # A = two bytes.
MODULO = 0x94  # A = A % k
AT_LEAST = 0x35  # Jump: is A >= k?
RETURN = 0x06  # Return k.
RETURN_A = 0x16  # Return A.
SOURCE_PORT = -0x100000 + 20

# #region program
program = [
    (LOAD_HALF, SOURCE_PORT),  # A = the source port
    (AT_LEAST, 30000, 1),  # A >= 30000? Skip one.
    (RETURN, 3),  # the fourth worker
    (MODULO, 3),  # A = A % 3
    (RETURN_A, 0),  # one of the first three
]
# #endregion program

group.attach(group.borrow(*group.find_listeners(8084)[0]), program)
print(f'port 8084: a program of {len(program)} instructions')
