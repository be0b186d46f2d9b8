"""SOAP login(), which simple clients still use; nothing else of SOAP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from .account import ACCOUNTS
from .auth import SESSION_SECONDS, Denied, check_password

if TYPE_CHECKING:
    from .vendor import Salesforce

LAST_WITH_LOGIN = 64.0
INVALID_LOGIN = "Invalid username, password, security token; or user locked out."
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


def login(vendor: Salesforce, request: Request, version: str) -> Response:
    """POST /services/Soap/u/<version> with <login>: a session, or a fault with HTTP 500."""
    if not re.fullmatch(r"\d+(\.\d)?", version) or float(version) > LAST_WITH_LOGIN:
        return fault("UNSUPPORTED_API_VERSION", f"SOAP login is not part of API version {version}.")
    values = _sent(request)
    if values is None:
        return fault("INVALID_OPERATION", "Only login is answered here.")
    if vendor.faults.soap_login_off:
        return fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.")
    try:
        check_password(values.get("username", ""), values.get("password", ""))
    except Denied:
        return fault("INVALID_LOGIN", INVALID_LOGIN)
    return _session(vendor, request, version)


def _sent(request: Request) -> dict[str, str] | None:
    """username and password of the <login>, or None when it is something else."""
    text = request.get_data()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    found = next((element for element in root.iter() if element.tag.rpartition("}")[2] == "login"), None)
    if found is None:
        return None
    return {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in found}


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
