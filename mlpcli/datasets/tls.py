"""Explains why a connection is not secure, and what a user can do about it."""

import ssl

from mlpcli.utils.escaping import first_line

_BUNDLE = "set REQUESTS_CA_BUNDLE to a file with the certificates that you trust"
_CLOCK = "check this computer's clock"
_PROXY = "check HTTPS_PROXY, and whether a network's login page responds instead"
_REMEDIES = {  # by OpenSSL's error code for a certificate
    9: _CLOCK,  # not yet valid
    10: _CLOCK,  # expired
    18: _BUNDLE,  # self-signed
    19: _BUNDLE,  # self-signed, at the end of its chain
    20: _BUNDLE,  # of an unknown issuer
    21: _BUNDLE,  # of an unknown issuer, without a chain
    62: _PROXY,  # for another host
    64: _PROXY,  # for another IP address
}


def explain_insecurity(error: Exception) -> str:
    """Return the reason and a remedy for a TLS error, even if libraries have wrapped it."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = _REMEDIES.get(cause.verify_code, _BUNDLE)
        return f"no secure connection, {first_line(cause.verify_message)} ({remedy})"
    reason = (cause.reason or "").replace("_", " ").lower() if cause else ""
    return f"no secure connection, {reason or first_line(error)} ({_PROXY})"


def _cause(error: BaseException | None) -> ssl.SSLError | None:
    """Return the OpenSSL error that led to this one, if any."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__context__
    return error
