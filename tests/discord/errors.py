"""The errors Discord answers with, under the numbers that clients match on."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not a success: the HTTP status and Discord's JSON error body."""

    def __init__(
        self, status: int, code: int, message: str, errors: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.body: dict[str, Any] = {"code": code, "message": message}
        if errors is not None:
            self.body["errors"] = errors


def invalid_form(where: str, inner_code: str, message: str) -> ApiError:
    """50035 with the complaint nested under the dotted path `where`, as clients print it.

    The inner codes are Discord's where its documents show one, else named in their manner.
    """
    errors: dict[str, Any] = {"_errors": [{"code": inner_code, "message": message}]}
    for part in reversed(where.split(".") if where else []):
        errors = {part: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors)


def too_long(where: str, maximum: int) -> ApiError:
    return invalid_form(where, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")


def bad_length(where: str, least: int, most: int) -> ApiError:
    return invalid_form(
        where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length."
    )


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    return ApiError(404, 10007, "Unknown Member")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    return ApiError(404, 10063, "Unknown application command")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def file_too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def not_the_author() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    return ApiError(400, 50006, "Cannot send an empty message")


def closed_to_messages() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def invalid_webhook_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")


def invalid_json() -> ApiError:
    return ApiError(400, 50109, "The request body contains invalid JSON.")


def thread_archived() -> ApiError:
    return ApiError(400, 50083, "Thread is archived")


def thread_exists() -> ApiError:
    return ApiError(400, 160004, "A thread has already been created for this message")


class Impossible(Exception):
    """What a test asked a person to do, that Discord's client offers nobody: it is never sent.

    A hidden command, a value outside the choices, a disabled button, another's ephemeral message.
    """
