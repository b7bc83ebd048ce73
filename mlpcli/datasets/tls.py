"""Explains why a connection is not secure, and what a user can do about it."""

import os
import ssl
from pathlib import Path

from mlpcli.errors import DataError
from mlpcli.utils.escaping import first_line

_VARIABLES = "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"  # those that requests looks at, in its order
_BUNDLE = "set REQUESTS_CA_BUNDLE to a file with the certificates that you trust"
_CLOCK = "check this computer's clock"
_PROXY = "check HTTPS_PROXY, and whether a network's login page responds instead"
_REMEDIES = {  # by OpenSSL's error code for a certificate
    9: _CLOCK,  # not yet valid
    10: _CLOCK,  # expired
    18: _BUNDLE,  # self-signed
    19: _BUNDLE,  # self-signed, at the end of its chain
    20: _BUNDLE,  # of an unknown issuer
    21: _BUNDLE,  # likewise, without a chain
    62: _PROXY,  # for another host
    64: _PROXY,  # for another IP address
}
_NOTHING_TRUSTED = "no certificate or crl found"  # in the file that a variable names
_REASONS = dict.fromkeys((2, 20, 21), "certificate of an unknown issuer")  # OpenSSL's are obscure


def check_bundle() -> None:
    """Check that the file or folder of trusted certificates that a variable names exists.

    Raises:
        DataError: it does not; requests would raise an OSError, as a full disk does.
    """
    name = next((name for name in _VARIABLES if os.environ.get(name)), None)
    if name and not Path(os.environ[name]).exists():
        raise DataError(
            f"{name}: must name a file with the certificates that you trust, got "
            f"{os.environ[name]}, which does not exist"
        )


def explain_insecurity(error: Exception) -> str:
    """Return the reason and a remedy for a TLS error, even if libraries have wrapped it."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = _REMEDIES.get(cause.verify_code, _BUNDLE)
        why = _REASONS.get(cause.verify_code, first_line(cause.verify_message))
        return f"no secure connection, {why} ({remedy})"
    reason = (cause.reason or "").replace("_", " ").lower() if cause else ""
    remedy = _BUNDLE if reason == _NOTHING_TRUSTED else _PROXY
    return f"no secure connection, {reason or first_line(error)} ({remedy})"


def _cause(error: BaseException | None) -> ssl.SSLError | None:
    """Return the OpenSSL error that led to this one, if any."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__context__
    return error
