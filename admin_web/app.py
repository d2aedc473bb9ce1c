"""The web application: API, health and figures. The caller adds webhooks and pages to it."""

from __future__ import annotations

import json

from aiohttp import typedefs, web

from admin_web import edge, forms, health, middleware, services
from admin_web.api import catalogue, openapi, registry


def build(given: services.Services) -> web.Application:
    """An application with all that every program that serves HTTP offers.

    Routes added to it later share its request numbers, security headers and last resort. Bodies
    are capped at 1 MiB; a route that wants less checks that itself.
    """
    application = web.Application(
        client_max_size=forms.LARGEST_BODY, middlewares=[edge.referenced, edge.caught]
    )
    application[services.KEY] = given
    application.on_response_prepare.append(edge.secure)
    application.router.add_routes(health.routes)
    operations = catalogue.operations()
    for operation in operations:
        application.router.add_route(
            operation.method, f"{openapi.ROOT}{operation.path}", middleware.serving(operation)
        )
    application.router.add_get(f"{openapi.ROOT}/openapi.json", _document(operations, given))
    return application


def _document(operations: list[registry.Operation], given: services.Services) -> typedefs.Handler:
    text = json.dumps(openapi.document(operations, given.public_url), ensure_ascii=False)

    async def describe(_request: web.Request) -> web.Response:
        return web.json_response(text=text)

    return describe
