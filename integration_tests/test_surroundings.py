"""What the environment says about proxies, certificates and credentials."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from airbyte_cdk.models import FailureType
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.wire import answer, wire
from source_clockify.api.errors import ApiError
from source_clockify.api.session import ApiSession

PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, *BUNDLES, "NO_PROXY", "no_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)


def error_of(session: ApiSession, url: str) -> ApiError:
    with pytest.raises(ApiError) as raised:
        session.get(url)
    return raised.value


class TestAProxy:
    @pytest.mark.parametrize("name", PROXIES)
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
    def test_never_gets_what_is_for_a_loopback_address(
        self, name: str, host: str, session: ApiSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with wire(answer(b"[]")) as proxy, wire(answer(b'["here"]')) as here:
            monkeypatch.setenv(name, proxy.url)
            assert session.get(f"http://{host}:{here.port}/api/v1/workspaces").json() == ["here"]
        assert proxy.heads == []

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    def test_is_asked_for_any_other_host_and_told_of(
        self, name: str, session: ApiSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with wire(answer(b"", "407 Proxy Authentication Required")) as proxy:
            monkeypatch.setenv(name, f"http://user:pass@127.0.0.1:{proxy.port}")
            error = error_of(session, "https://api.clockify.me/api/v1/workspaces")
        assert set(proxy.targets) == {"api.clockify.me:443"}
        assert not any("a-key" in head for head in proxy.heads)
        assert f"the proxy that `{name}` names" in str(error.message)
        assert "api.clockify.me" in str(error.message)
        assert "pass" not in str(error.message)
        assert error.failure_type == FailureType.transient_error

    @pytest.mark.parametrize(
        "value",
        [
            "http://user:pass@",
            "ftp://user:pass@127.0.0.1:1",
            "socks5://user:pass@127.0.0.1:1",
            "http://[::1",
            "http://a b:pass",
        ],
    )
    def test_that_is_none_is_told_of(self, value: str, session: ApiSession, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", value)
        error = error_of(session, "https://api.clockify.me/api/v1/workspaces")
        assert "`HTTPS_PROXY`" in str(error.message)
        assert "pass" not in str(error.message)
        assert session.sent.total() == 1
        assert error.failure_type == FailureType.config_error


def test_netrc_takes_no_key_s_place(session: ApiSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with wire(answer(b"[]")) as host:
        session.get(host.url)
    [head] = host.heads
    assert "X-Api-Key: a-key" in head
    assert "Authorization" not in head


@pytest.fixture
def certificate(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A certificate that signs itself, for the loopback address, with its key; valid from so many days ago for one day less."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = datetime.now(UTC) - timedelta(days=getattr(request, "param", 0) + 1)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begin, begin + timedelta(days=2)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> Iterator[str]:
    """A host on the loopback address that shows the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as shown:
                    shown.recv(2**16)
                    answer(b"[]")(shown, "")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/api/v1/workspaces"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


class TestCertificates:
    @pytest.mark.parametrize("certificate", [0, 5], indirect=True, ids=["self-signed", "expired"])
    def test_that_are_not_trusted_are_told_of_at_once(self, tls: str, session: ApiSession) -> None:
        error = error_of(session, tls)
        assert "127.0.0.1 shows a certificate that is not trusted (" in str(error.message)
        assert "REQUESTS_CA_BUNDLE" in str(error.message)
        assert error.failure_type == FailureType.config_error
        assert session.sent.total() == 1

    @pytest.mark.parametrize("name", BUNDLES)
    def test_that_the_environment_names_are_trusted(
        self, name: str, tls: str, certificate: Path, session: ApiSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, str(certificate))
        assert session.get(tls).json() == []

    @pytest.mark.parametrize("name", BUNDLES)
    @pytest.mark.parametrize("content", [None, "", "no certificate", BROKEN])
    def test_that_cannot_be_read_are_told_of_by_variable(
        self,
        content: str | None,
        name: str,
        tls: str,
        session: ApiSession,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        bundle = tmp_path / "bundle.pem"
        if content is not None:
            bundle.write_text(content)
        monkeypatch.setenv(name, str(bundle))
        error = error_of(session, tls)
        assert f"`{name}` leads to no readable certificates" in str(error.message)
        assert error.failure_type == FailureType.config_error
        assert session.sent.total() == 1
