"""The parts of an address that name a plan: /10Q/2016-17/."""


class OrganisationCode:
    regex = "[0-9A-Z]{2,12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Year(OrganisationCode):
    regex = "[0-9]{4}-[0-9]{2}"
