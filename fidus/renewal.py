"""What a running hub takes over anew when it is told to (SIGHUP, `fidus reload`): all of it, or nothing.

Keys, certificates, signers, issuers, their lists of revoked certificates, proxies, approvers, how sources are
reached and how the hub stops. Open connections stay, and what is under way goes on with what it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from fidus.api import server_context
from fidus.api.tls import CountingContext
from fidus.app import Hub, approvers
from fidus.crl_keeping import Keeper
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.expiry import of_files
from fidus.settings import Settings, load_settings
from fidus.trust import Trust
from fidus.trustfiles import load_trust

RENEWED: Final = ("revocation", "proxies", "catalogue", "sources", "stop")
RENEWED_OF_API: Final = ("certificate", "key", "client_issuers")


async def renew(hub: Hub, context: CountingContext) -> None:
    """Read everything anew, and only once all of it is right take it over.

    `context`: by which the hub shakes hands. Raises ConfigurationInvalid, and everything is as before.
    """
    settings = load_settings(hub.settings.home)
    faults = tuple(_needs_restart(hub.settings, settings))
    if faults:
        raise ConfigurationInvalid(faults)
    newest = api_context(settings, hub.stranger)
    trust, lists = load_trust(settings)
    keeper = Keeper(lists, settings.home / "crl", hub.now, hub.trouble)
    await keeper.open()
    _carry_over(hub.trust, trust)
    await keeper.begin()
    hub.sources.renew(settings)  # the last that may refuse
    former, hub.crls, hub.trust = hub.crls, keeper, replace(trust, shown=hub.trust.shown)
    context.renew(newest)
    hub.files_end = of_files(settings)
    hub.changes.approve_by(approvers(settings))
    hub.settings = settings
    await former.close()


def api_context(settings: Settings, count: Callable[[str], None]) -> CountingContext:
    """How the interface for institutions shakes hands. Raises ConfigurationInvalid."""
    api = settings.api
    try:
        return server_context(
            settings.path(api.certificate),
            settings.path(api.key),
            settings.path(api.client_issuers),
            count,
            *(settings.path(proxy.certificate) for proxy in settings.proxies.values()),
        )
    except OSError as error:
        problem = f"certificate, key, issuers or proxies cannot be used ({type(error).__name__})"
        cure = "Give PEM files that the hub may read, and the key of the certificate"
        raise ConfigurationInvalid((ConfigurationFault(str(api.certificate), 0, problem, cure),)) from None


def _carry_over(former: Trust, trust: Trust) -> None:
    """What is known of an issuer stays known, should the kept list be older or not be readable."""
    known = {one.issuer: one.crl for one in former.revocation.watched}
    for one in trust.revocation.watched:
        taken = known.get(one.issuer)
        if taken is not None and (one.crl is None or one.crl.number < taken.number):
            one.crl = taken


def _needs_restart(former: Settings, settings: Settings) -> Iterator[ConfigurationFault]:
    """Whatever is not said to be renewed needs a restart."""
    api = {name: getattr(settings.api, name) for name in RENEWED_OF_API}
    kept = {name: getattr(settings, name) for name in RENEWED}
    expected = former.model_copy(update={**kept, "api": former.api.model_copy(update=api)})
    names = [
        name for name in type(settings).model_fields if getattr(expected, name) != getattr(settings, name)
    ]
    if _instances(former) != _instances(settings):
        names.append("sources.….adapter")
    for name in names:
        yield ConfigurationFault(
            str(settings.home / "fidus.toml"),
            0,
            f"{name} is not the one that this hub was started with",
            "Put it back, or restart the hub",
        )


def _instances(settings: Settings) -> dict[str, str]:
    """Further instances of an adapter bring services of their own, which flows name."""
    return {slug: source.adapter for slug, source in settings.sources.items() if source.adapter is not None}
