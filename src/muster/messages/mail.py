"""Mail by SMTP: plain text, nothing personal in the subject, one connection for all mails of a tick."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from muster.foundation import clock
from muster.messages.results import Later, Never, Result, Sent, Unsure
from muster.messages.texts import Told

SECONDS_MAX = 10.0
SECURITY = ("starttls", "tls", "none")


class Mailer:
    """A mail server. known: `host`, `port`, `security`, `user`, `password`, `sender`."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self._server: smtplib.SMTP | None = None

    def say(self, to: str, told: Told, message: UUID) -> Result:
        """Send one mail. Silence after its content went out is *unsure*; whatever fails before is *later*."""
        try:
            mail = composed(self.known["sender"], to, told, message)
            to.encode("ascii")
        except (ValueError, IndexError, HeaderParseError):
            return Never("message.no_address")  # an address that this server cannot be told
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError:
            return Later("channel.sign_in", broken=True)
        except (OSError, smtplib.SMTPException):
            return self._broken("channel.not_reached")
        return self._handed_over(server, to, mail.as_bytes(policy=SMTP))

    def _handed_over(self, server: smtplib.SMTP, to: str, mail: bytes) -> Result:
        try:
            server.ehlo_or_helo_if_needed()
            for code, _words in (server.mail(self.known["sender"]), server.rcpt(to)):
                if code not in (250, 251):
                    server.rset()
                    return Never("channel.refused") if code >= 500 else Later("channel.trouble")
        except (OSError, smtplib.SMTPException):
            return self._broken("channel.not_reached")
        try:
            code, _words = server.data(mail)
        except smtplib.SMTPDataError as refused:
            if not self._begun_anew(server):
                return self._broken("channel.not_reached")
            return Never("channel.refused") if refused.smtp_code >= 500 else Later("channel.trouble")
        except (OSError, smtplib.SMTPException):
            self.close()
            return Unsure("channel.no_answer")
        if code == 250:
            return Sent()
        return Never("channel.refused") if code >= 500 else Later("channel.trouble")

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            host, port = self.known["host"], int(self.known["port"])
            if self.known["security"] == "tls":
                made: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port, timeout=SECONDS_MAX, context=ssl.create_default_context()
                )
            else:
                made = smtplib.SMTP(host, port, timeout=SECONDS_MAX)
            self._server = made
            if self.known["security"] == "starttls":
                made.starttls(context=ssl.create_default_context())
            if self.known.get("user"):
                made.login(self.known["user"], self.known.get("password", ""))
        return self._server

    def _begun_anew(self, server: smtplib.SMTP) -> bool:
        """What was refused before its content is taken back, so that the next mail is not refused for it."""
        try:
            return server.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _broken(self, code: str) -> Later:
        self.close()
        return Later(code, broken=True)

    def close(self) -> None:
        """Say good-bye."""
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
            self._server = None


def composed(sender: str, to: str, told: Told, message: UUID) -> EmailMessage:
    """A mail in plain text. Its Message-ID is the message's own, so that a mail tried again is known as the same."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = told.subject
    mail["From"] = Address("Muster", addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message.hex}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(told.whole + "\n", charset="utf-8", cte="base64")
    return mail
