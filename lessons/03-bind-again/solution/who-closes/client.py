"""Asks 100 times. An answer is over at the end of its line; then the client
closes."""
import socket


# #region ask
def ask():
    connection = socket.create_connection(('127.0.0.1', 8083))
    with connection, connection.makefile() as answer:
        return answer.readline()
# #endregion ask


for _ in range(100):
    ask()
print('100 answers')
