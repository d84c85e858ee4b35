"""Opens 16 connections at once, and waits for the answers."""
import socket

opened = [socket.create_connection(('127.0.0.1', 8083)) for _ in range(16)]
answers = [connection.makefile().read() for connection in opened]
print(f'{len(answers)} answers')
