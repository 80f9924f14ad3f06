"""PyMySQL's connection with what this application needs on top of it.

Bounded in every step, errors as the server worded them and with MySQL's own numbers, and no way
around TLS. Reaches into names of PyMySQL that are not public, the same in 1.0 and 1.1; tests/app
asks real servers for each of these properties.
"""

import contextlib
import socket
import ssl

from pymysql.connections import Connection, MysqlPacket
from pymysql.constants import CLIENT, CR
from pymysql.err import MySQLError, OperationalError, raise_mysql_exception


class MySqlConnection(Connection):
    """Handshake and ping are answered within connect_timeout, as with MySQL's own client library;
    a query within read_timeout."""

    @contextlib.contextmanager
    def answers_within(self, seconds):
        usual = self._read_timeout
        self._read_timeout = min(usual, seconds)
        try:
            yield
        finally:
            self._read_timeout = usual

    def connect(self, sock=None):
        try:
            with self.answers_within(self.connect_timeout):
                super().connect(sock)
        except Exception as error:
            numbered = _numbered(error, self.host)
            if numbered is error:
                raise
            raise numbered from error

    def ping(self, reconnect=True):
        with self.answers_within(self.connect_timeout):
            super().ping(reconnect)

    def _request_authentication(self):
        # PyMySQL would go on without TLS, and send what can be heard and changed on its way.
        if self.ssl and not self.server_capabilities & CLIENT.SSL:
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR,
                                   "SSL connection error: the server does not offer TLS, and "
                                   "DB_SSL_CA demands it")
        super()._request_authentication()

    def _read_packet(self, packet_type=None):
        return super()._read_packet(packet_type or _Packet)


class _Packet(MysqlPacket):
    __slots__ = ()

    def raise_for_error(self):
        # What a server says before the login (1040, 1129, 1130) has no SQL state; PyMySQL 1.0 cuts
        # the first six letters off it all the same.
        if self._data[3:4] != b"#":
            raise_mysql_exception(self._data[:3] + b"#HY000" + self._data[3:])
        super().raise_for_error()


def _numbered(error, host):
    """The same with the number that MySQL's client library gives it: PyMySQL has 2003 for all that
    the operating system says, and none at all when it does not understand what answers."""
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, ssl.SSLError):
        return OperationalError(CR.CR_SSL_CONNECTION_ERROR, f"SSL connection error: {cause}")
    if isinstance(cause, socket.gaierror):
        return OperationalError(CR.CR_UNKNOWN_HOST, f"Unknown MySQL server host '{host}' ({cause})")
    if isinstance(error, MySQLError) and error.args and isinstance(error.args[0], int):
        return error
    if isinstance(error, RuntimeError) and "cryptography" in str(error):
        return OperationalError(CR.CR_AUTH_PLUGIN_CANNOT_LOAD, str(error))
    return OperationalError(CR.CR_SERVER_HANDSHAKE_ERR,
                            f"Error in server handshake: what answers is not understood "
                            f"({type(error).__name__}: {error})")
