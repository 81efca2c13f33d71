"""A certificate authority and a server's certificate for loopback, as a corporate proxy would have them."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LOOPBACK = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])


def write_certificates(folder: Path) -> tuple[Path, Path]:
    """The authority's certificate, and the server's with its key."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name, server_name = _name("Example Corporation"), _name("127.0.0.1")
    authority_builder = _builder(authority_name, authority_name, authority_key)
    authority_builder = authority_builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    server_builder = _builder(server_name, authority_name, server_key).add_extension(_LOOPBACK, critical=False)
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(_pem(authority_builder.sign(authority_key, hashes.SHA256())))
    server.write_bytes(_key_pem(server_key) + _pem(server_builder.sign(authority_key, hashes.SHA256())))
    return authority, server


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
