"""A NUL character, which PostgreSQL takes in no text, is refused before anything is looked up."""

import pytest

pytestmark = pytest.mark.django_db
ROOM = "/10Q/2016-17"


@pytest.mark.parametrize(
    "address",
    [
        "/activity/?q=%00",
        "/activity/?q=a%00b&area=Waiting",
        "/activity/lines/E.B.3%00/",
        "/activity/measures/%00/",
        "/activity/measures/?q=%00",
        "/activity/recovery/%00/",
        "/activity/impacts/BCF-NEA%00/",
        "/activity/delays/days/?place=%00",
        "/activity/imports/?page=%00",
        "/finance/schemes/PC-03%00/",
        "/initiatives/%00/",
        "/?month=%00",
    ],
)
def test_an_address_with_nul_is_no_page(sign_in, address):
    assert sign_in("administrator").get(ROOM + address).status_code == 404


def test_an_organisation_with_nul_is_no_page_for_nobody_either(client):
    assert client.get("/1%000Q/2016-17/").status_code == 404
    assert client.post("/accounts/login/?next=%00", {"login": "x"}).status_code == 404


def test_an_address_that_writes_about_it_stays_a_page(sign_in):
    assert sign_in("viewer").get(f"{ROOM}/activity/?q=%2500").status_code == 200
