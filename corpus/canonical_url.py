"""Addresses of the web in one form, so that one page is known by one address.

Only what is certain from the address alone is done here. That `/story/amp` and `m.news.example`
are the same page is for the page itself to say (`rel=canonical`), where its site may say so.
"""

from __future__ import annotations

import re
from typing import NewType
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

CanonicalUrl = NewType("CanonicalUrl", str)
"""An address in the form that `canonical` gives. It is made once, where an address comes in."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Who sent a reader, in which campaign, with which click: never what is on the page. Names such
# as "ref", "id" and "source" are left, for on some sites they are.
_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "guce_", "ns_m", "ns_campaign", "ns_source")
_TRACKING = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid
    igsh mc_cid mc_eid _ga _gl _hsenc _hsmi mkt_tok vero_id vero_conv oly_anon_id oly_enc_id
    rb_clickid s_cid wickedid epik __s xtor at_medium at_campaign at_custom1 at_custom2
    at_custom3 at_custom4 at_link_id at_link_type at_link_origin at_format at_ptr_name
    at_bbc_team ref_src ref_url guccounter soc_src soc_trk sr_share __twitter_impression
    __source smid smtyp cmpid ocid icid ncid nsukey spref""".split()
)
# The same page made for printing or for AMP, with the values that say so.
_VARIANTS = {
    "amp": {"", "1", "true", "yes"},
    "outputtype": {"amp"},
    "output": {"amp"},
    "print": {"", "1", "true", "yes"},
    "printable": {"", "1", "true", "yes"},
    "view": {"print"},
}
_STRIPPED = "".join(map(chr, range(0x21)))
"""What browsers take off the ends of an address (WHATWG's URL standard); inside, it is none."""
_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")
_SAME_SITE_LABELS = ("www", "m", "mobile", "amp")


def canonical(url: str) -> CanonicalUrl:
    """Put an address into the form in which it is compared and stored.

    That is: small letters where they do not count, no default port, no fragment, no tracking, no
    mark of an AMP or print variant, percent-encoding only where it is needed, AMP caches undone.
    An address that is none of the web comes back as it is. A canonical address stays as it is.
    """
    try:
        parts = urlsplit(url.strip(_STRIPPED))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return CanonicalUrl(url)
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        return CanonicalUrl(url)  # a password is refused where it is fetched, not dropped here
    scheme = parts.scheme
    path = _dotless(_encoded(parts.path)) or "/"
    host = _ascii(host)
    if inner := _out_of_cache(host, path):
        return canonical(inner + (f"?{parts.query}" if parts.query else ""))
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        place += f":{port}"
    return CanonicalUrl(urlunsplit((scheme, place, path, _query(parts.query), "")))


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site, whose www, mobile and AMP names count as its own.

    Two other names below a common one are two sites: a host's customers are strangers.
    """
    return _site(one) == _site(other) != ""


def host_of(url: str) -> str:
    """The name of the server in an address, in ASCII; "" where there is none."""
    try:
        return _ascii((urlsplit(url).hostname or "").rstrip("."))
    except ValueError:
        return ""


def absolute(base: str, link: str) -> str | None:
    """Resolve a link.

    Args:
        base: The address of the page or feed that it stands in.
        link: The link as it stands there.

    Returns:
        An address of the web; None when it is none.
    """
    try:
        joined = urljoin(base, link.strip(_STRIPPED))
        parts = urlsplit(joined)
        is_web = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and not parts.username
    except ValueError:
        return None
    return joined if is_web and not any(mark in joined for mark in _STRIPPED) else None


def _site(url: str) -> str:
    labels = host_of(url).split(".")
    while len(labels) > 2 and labels[0] in _SAME_SITE_LABELS:
        labels = labels[1:]
    return ".".join(labels)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


def _out_of_cache(host: str, path: str) -> str | None:
    """The page that an AMP cache has a copy of: https://cdn.ampproject.org/c/s/news.example/a."""
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        match = re.fullmatch(r"/[cv]/(s/)?([^/]+\.[^/]+/.*)", path)
    elif re.fullmatch(r"(www\.)?google\.[a-z.]+", host):
        match = re.fullmatch(r"/amp/(s/)?([^/]+\.[^/]+/.*)", path)
    else:
        return None
    return f"http{'s' if match[1] else ''}://{match[2]}" if match else None


def _query(query: str) -> str:
    kept = []
    for field in query.split("&"):
        name, value = (parse_qsl(field, keep_blank_values=True) or [("", "")])[0]
        small = name.lower()
        if not field or small in _TRACKING or small.startswith(_TRACKING_PREFIXES):
            continue
        if value.lower() in _VARIANTS.get(small, ()):
            continue
        kept.append(_encoded(field))
    return "&".join(kept)


def _encoded(part: str) -> str:
    """Encoded where that is needed, with capitals; "%41" is "A", and "%2F" stays as it is."""
    whole = quote(part, safe="!$&'()*+,/:;=?@[]%~-._", errors="replace")

    def settled(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match[0])
        return byte.decode("ascii") if _UNRESERVED.fullmatch(byte) else match[0].upper()

    whole = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", whole)
    return re.sub(r"%[0-9A-Fa-f]{2}", settled, whole)


def _dotless(path: str) -> str:
    """Without "." and ".." (RFC 3986, 5.2.4)."""
    out: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(out) > 1:
                out.pop()
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/".join(out)
