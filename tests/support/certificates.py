"""An authority of the tests' own, and servers' certificates: good ones, and one for each way of being bad."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import trustme

_LONG_AGO, _FAR_AWAY = datetime(2019, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
_HOSTS = ("localhost", "127.0.0.1")


class Authority:
    """Issues certificates for this machine. `file` is what SSL_CERT_FILE names to trust it."""

    def __init__(self, directory: Path) -> None:
        self._ours = trustme.CA()
        self._strange = trustme.CA()
        self._directory = directory
        self.file = directory / "authority.pem"
        self._ours.cert_pem.write_to_path(self.file)

    def good(self) -> ssl.SSLContext:
        """A server with a certificate that nobody can object to."""
        return _server(self._ours.issue_cert(*_HOSTS))

    def expired(self) -> ssl.SSLContext:
        """A server whose certificate was good once."""
        return _server(self._ours.issue_cert(*_HOSTS, not_before=_LONG_AGO, not_after=datetime(2020, 1, 1, tzinfo=UTC)))

    def not_yet_valid(self) -> ssl.SSLContext:
        """A server whose certificate will be good some day."""
        end = datetime(2099, 1, 1, tzinfo=UTC)
        return _server(self._ours.issue_cert(*_HOSTS, not_before=_FAR_AWAY, not_after=end))

    def of_another_host(self) -> ssl.SSLContext:
        """A server with the certificate of another one."""
        return _server(self._ours.issue_cert("elsewhere.example"))

    def of_a_stranger(self) -> ssl.SSLContext:
        """A server whose authority nobody here knows."""
        return _server(self._strange.issue_cert(*_HOSTS))

    def self_signed(self) -> ssl.SSLContext:
        """A server whose certificate vouches for itself."""
        path = self._directory / "self-signed.pem"
        path.write_bytes(_self_signed())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def until(self, good: int, then: ssl.SSLContext) -> ssl.SSLContext:
        """A server that is good for so many connections and has `then`'s certificate afterwards."""
        left = iter(range(good))
        return _chosen(self.good(), lambda _name: None if next(left, None) is not None else then)

    def noting(self, names: list[str | None]) -> ssl.SSLContext:
        """A good server that notes the names by which it was asked for (SNI)."""
        return _chosen(self.good(), names.append)


def _chosen(context: ssl.SSLContext, choose: Callable[[str | None], ssl.SSLContext | None]) -> ssl.SSLContext:
    def greet(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        other = choose(name)
        if other is not None:
            connection.context = other

    context.sni_callback = greet
    return context


def _server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _self_signed() -> bytes:
    """Key and certificate, which the library for authorities has no word for."""
    from cryptography import x509  # noqa: PLC0415 - it comes with trustme
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_LONG_AGO)
        .not_valid_after(_FAR_AWAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return private + certificate.public_bytes(form.Encoding.PEM)
