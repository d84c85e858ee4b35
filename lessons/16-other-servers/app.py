"""One answer, `worker PID`, for both kinds of Python server."""
import os


def wsgi(environ, start_response):
    """What gunicorn calls for each request."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [answer()]


async def asgi(scope, receive, send):
    """What uvicorn calls for each request."""
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': answer()})


def answer():
    return f'worker {os.getpid()}\n'.encode()
