"""Says where a trial is served and who can sign in as what."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from opplan.accounts.queries import demonstration_accounts, demonstration_password


class Command(BaseCommand):
    help = "Print the address of a trial and its demonstration accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default="8000")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"\nopplan is at http://127.0.0.1:{options['port']}/   (stop it with Ctrl+C)\n\n")
        self.stdout.write(f'Sign in with the password "{demonstration_password()}" as one of:\n')
        for account in demonstration_accounts():
            self.stdout.write(f"  {account.email:32} {account.role}")
        self.stdout.write("These accounts exist only for a trial; production refuses them.\n")
