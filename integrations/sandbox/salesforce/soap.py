"""SOAP login() and logout(), which simple clients still use; nothing else of SOAP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from .account import ACCOUNTS, CREDENTIALS
from .auth import SESSION_SECONDS, Denied, check_password

if TYPE_CHECKING:
    from .vendor import Salesforce

LAST_WITH_LOGIN = 64.0
INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
MUST_USE_TOKEN = (
    "Invalid username, password, security token; or user locked out. Are you at a new location? When accessing "
    "Salesforce from outside your company's trusted networks you must add a security token to your password to log in."
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    '{namespaces}xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body>'
    "</soapenv:Envelope>"
)
FAULT = (
    "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring><detail>"
    '<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
    "<sf:exceptionMessage>{text}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
)


def answer(vendor: Salesforce, request: Request, version: str) -> Response:
    """POST /services/Soap/u/<version> with <login> or <logout>: an answer, or a fault with HTTP 500."""
    last = vendor.faults.soap_last_version or LAST_WITH_LOGIN
    if not re.fullmatch(r"\d+(\.\d)?", version) or float(version) > last:
        return fault("UNSUPPORTED_API_VERSION", f"SOAP login is not part of API version {version}.")
    root = _read(request)
    values = _children(root, "login")
    if values is not None:
        return _login(vendor, request, version, values)
    if root is not None and _children(root, "logout") is not None:
        return _logout(vendor, root)
    return fault("INVALID_OPERATION", "Only login and logout are answered here.")


def _login(vendor: Salesforce, request: Request, version: str, values: dict[str, str]) -> Response:
    if vendor.faults.soap_login_off:
        return fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.")
    if vendor.faults.mfa_required:
        return fault("LOGIN_CHALLENGE_ISSUED", "Verify your identity in Salesforce.")
    username, password = values.get("username", ""), values.get("password", "")
    try:
        check_password(username, password)
    except Denied:
        if (username, password) == (CREDENTIALS["username"], CREDENTIALS["password"]):
            return fault("LOGIN_MUST_USE_SECURITY_TOKEN", MUST_USE_TOKEN)
        return fault("INVALID_LOGIN", INVALID_LOGIN)
    return _session(vendor, request, version)


def _logout(vendor: Salesforce, root: ElementTree.Element) -> Response:
    header = _children(root, "SessionHeader") or {}
    if vendor.live_token(header.get("sessionId", ""), "access") is None:
        return fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")
    vendor.store.remove("_token", header["sessionId"])
    return _xml(ENVELOPE.format(namespaces='xmlns="urn:partner.soap.sforce.com" ', body="<logoutResponse/>"), 200)


def _read(request: Request) -> ElementTree.Element | None:
    text = request.get_data()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return None
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None


def _children(root: ElementTree.Element | None, name: str) -> dict[str, str] | None:
    """The texts below the element of this local name, or None where there is no such element."""
    elements = root.iter() if root is not None else ()
    found = next((element for element in elements if element.tag.rpartition("}")[2] == name), None)
    return None if found is None else {each.tag.rpartition("}")[2]: each.text or "" for each in found}


def _session(vendor: Salesforce, request: Request, version: str) -> Response:
    org_id, name = next(iter(ACCOUNTS.items()))
    user, base = vendor.org.user, request.host_url.rstrip("/")
    access = vendor.new_token("access", f"{org_id[:15]}!AQEA", SESSION_SECONDS, org=org_id, scope="api")
    info = {
        "organizationId": org_id,
        "organizationMultiCurrency": "false",
        "organizationName": name,
        "profileId": "00e5g000000PrOfAAK",
        "sessionSecondsValid": str(SESSION_SECONDS),
        "userEmail": user["Email"],
        "userFullName": f"{user['FirstName']} {user['LastName']}",
        "userId": user["Id"],
        "userLanguage": "en_US",
        "userLocale": "en_US",
        "userName": user["Username"],
        "userTimeZone": "America/Los_Angeles",
        "userType": "Standard",
    }
    inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in info.items())
    body = (
        f"<loginResponse><result><metadataServerUrl>{base}/services/Soap/m/{version}/{org_id[:15]}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{base}/services/Soap/u/{version}/{org_id[:15]}</serverUrl><sessionId>{access}</sessionId>"
        f"<userId>{user['Id']}</userId><userInfo>{inner}</userInfo></result></loginResponse>"
    )
    return _xml(ENVELOPE.format(namespaces='xmlns="urn:partner.soap.sforce.com" ', body=body), 200)


def fault(code: str, text: str) -> Response:
    body = FAULT.format(code=code, text=escape(text))
    return _xml(ENVELOPE.format(namespaces='xmlns:sf="urn:fault.partner.soap.sforce.com" ', body=body), 500)


def _xml(text: str, status: int) -> Response:
    return Response(text.encode(), status, content_type="text/xml; charset=utf-8")
