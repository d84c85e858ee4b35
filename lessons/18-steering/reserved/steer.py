"""Attaches a program to the group of port 8084, which has four listeners."""
import group

LOAD_HALF = 0x28  # A = two bytes.
MODULO = 0x94  # A = A % k
RETURN_A = 0x16  # Return A.
SOURCE_PORT = -0x100000 + 20

# #region program
program = [
    (LOAD_HALF, SOURCE_PORT),  # A = the source port
    (MODULO, 4),  # A = A % 4
    (RETURN_A, 0),  # return A
]
# #endregion program

group.attach(group.borrow(*group.find_listeners(8084)[0]), program)
print(f'port 8084: a program of {len(program)} instructions')
