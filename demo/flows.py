"""What people do in the shop: the flows that are recorded, and the secrets and files that their specs need.

None is a straight line: people mistype, look elsewhere, go back, forget a field and mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the shop's specs are made and run where no recorder's hands are needed
    from demo.person import Person

_HERE = Path(__file__).resolve().parent
FIXTURES = _HERE / "fixtures"
RECORDINGS = _HERE / "recordings"
_CARD = {"CARD_NUMBER": "4111 1111 1111 1111", "VALID_UNTIL": "12/31"}
_PASSWORD = {"PASSWORD": "correct horse"}


@dataclass(frozen=True, slots=True)
class Flow:
    """One visit: ``walk`` plays it, ``secrets`` are what its spec is run with."""

    walk: Callable[[Person], None]
    secrets: Mapping[str, str] = field(default_factory=dict)
    screen: tuple[int, int] = (1100, 760)
    masks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each mask that it is also recorded under: what more its spec is run with."""

    @property
    def seed(self) -> int:
        return len(self.walk.__name__)


def _add_tall_mug(alice: Person) -> None:
    alice.link("All products")
    alice.link("Tall mug")


def buy_by_courier(alice: Person) -> None:
    """Finds a mug with a typo on the way, forgets the street, mends it, and pays."""
    alice.wander()
    search = alice.page.get_by_label("Search the shop")
    alice.type(search, "tall mug", typo="tlal")
    alice.press("Enter")
    alice.sees("1 product for")
    alice.link("Tall mug")
    alice.choose("Colour", "Gr")
    alice.replace(alice.page.get_by_label("Quantity"), "2")
    alice.button("Add to cart")
    alice.sees("2 × Tall mug")
    alice.click(alice.page.get_by_role("link", name="Cart"))
    alice.link("Go to checkout")
    alice.field("Full name", "Alice Example")
    alice.field("E-mail", "alice@acme.example", typo="alcie")
    alice.click(alice.page.get_by_label("By courier"))
    alice.field("City", "Galway")
    alice.choose("Country", "Ire")
    alice.button("Continue to payment")
    alice.sees("Please look at this again")
    alice.field("Street and number", "12 Mill Lane")
    alice.field("Delivery day", "05142031")
    alice.click(alice.page.get_by_label("Wrap it as a gift"))
    alice.field("Words on the gift card", "For the tea you never finish.")
    alice.button("Continue to payment")
    card = alice.page.frame_locator("iframe")
    alice.type(card.get_by_label("Card number"), "4111 1111 1111 1111")
    alice.type(card.get_by_label("Valid until"), "12/31")
    card.get_by_text("This card can be used").wait_for()
    alice.button("Review the order")
    alice.sees("Is everything right?")
    alice.button("Place the order")
    alice.sees("Thank you for your order")


def buy_and_pick_up(bob: Person) -> None:
    """Buys a plate from the start page with the keyboard where he can, and forgets the card first."""
    bob.link("Dinner plate")
    bob.page.get_by_role("button", name="Add to cart").focus()
    bob.press("Enter")
    bob.sees("1 × Dinner plate")
    bob.click(bob.page.get_by_role("link", name="Cart"))
    bob.link("Go to checkout")
    bob.field("Full name", "Bob Example")
    bob.press("Tab")
    bob.page.keyboard.type("bob@acme.example", delay=25)
    bob.press("Tab", "Space", "ArrowDown", "ArrowDown")
    bob.page.get_by_label("E-mail", exact=True).focus()
    bob.press("Enter")
    bob.sees("How would you like to pay?")
    bob.button("Review the order")
    bob.sees("Please look at this again")
    card = bob.page.frame_locator("iframe")
    bob.type(card.get_by_label("Card number"), "4111 1111 1111 1111")
    bob.type(card.get_by_label("Valid until"), "12/31")
    card.get_by_text("This card can be used").wait_for()
    bob.button("Review the order")
    bob.button("Place the order")
    bob.sees("Thank you for your order")


def change_quantities(cora: Person) -> None:
    """Takes a mug and two teas, wants three mugs, and does without one of the teas."""
    _add_tall_mug(cora)
    cora.button("Add to cart")
    cora.sees("1 × Tall mug")
    cora.link("All products")
    cora.link("Mint tea")
    cora.wander()
    cora.button("Add to cart")
    cora.sees("1 × Mint tea")
    cora.link("All products")
    cora.link("Smoky tea")
    cora.button("Add to cart")
    cora.sees("1 × Smoky tea")
    cora.click(cora.page.get_by_role("link", name="Cart"))
    cora.replace(cora.page.get_by_label("Quantity of Tall mug (Blue)"), "3")
    cora.button("Update Tall mug (Blue)")
    cora.sees("Your cart was updated")
    cora.button("Remove Mint tea (Loose)")
    cora.sees("Mint tea was removed")


def redeem_a_voucher(cora: Person) -> None:
    """Mistypes the voucher, and gets its ten per cent the second time."""
    cora.link("Round teapot")
    cora.button("Add to cart")
    cora.sees("1 × Round teapot")
    cora.click(cora.page.get_by_role("link", name="Cart"))
    cora.field("Voucher", "SPRNG10")
    cora.press("Enter")
    cora.sees("We do not know this voucher")
    cora.field("Voucher", "SPRING10")
    cora.button("Redeem")
    cora.sees("Your voucher was redeemed")


def empty_the_cart(bob: Person) -> None:
    """Nearly empties the cart, keeps it, and empties it after all."""
    bob.link("Mountain tea")
    bob.choose("Colour", "Ba")
    bob.button("Add to cart")
    bob.sees("1 × Mountain tea")
    bob.click(bob.page.get_by_role("link", name="Cart"))
    bob.button("Empty the cart")
    bob.button("Keep everything")
    bob.wander()
    bob.button("Empty the cart")
    bob.button("Yes, empty it")
    bob.sees("Your cart is empty")


def filter_the_shelf(alice: Person) -> None:
    """Looks for a cheap mug that is there, changes her mind, and reads about a teapot."""
    alice.link("See everything")
    alice.click(alice.page.get_by_label("Mugs", exact=True))
    alice.sees("4 products")
    alice.click(alice.page.get_by_label("In stock only"))
    alice.sees("3 products")
    alice.choose("Order", "Ch")
    alice.pause(300)
    alice.click(alice.page.get_by_label("Teapots"))
    alice.click(alice.page.get_by_label("Mugs", exact=True))
    alice.sees("2 products")
    alice.field("Part of the name", "round", typo="ruo")
    alice.sees("1 product")
    alice.link("Round teapot")
    alice.sees("Pours without a drop")


def browse_and_go_back(bob: Person) -> None:
    """Reads about two things, going back by the browser's own button."""
    _add_tall_mug(bob)
    bob.sees("Half a litre")
    bob.back()
    bob.wander()
    bob.link("Iron teapot")
    bob.sees("Keeps tea warm")
    bob.back()
    bob.link("Cake plate")
    bob.sees("Sold out")


def search_and_correct(cora: Person) -> None:
    """Searches for a word that nobody uses, then for one that the shop knows."""
    search = cora.page.get_by_label("Search the shop")
    cora.type(search, "tankard")
    cora.press("Enter")
    cora.sees("Nothing found")
    cora.type(cora.page.get_by_label("Search the shop"), "teapot", typo="teep")
    cora.press("Enter")
    cora.sees("2 products for")
    cora.link("Iron teapot")


def read_the_care_guide(ada: Person) -> None:
    """Opens the guide, shuts it, and opens it again for the part about frost."""
    _add_tall_mug(ada)
    ada.button("How to care for it")
    ada.sees("Wash it by hand")
    ada.button("Close the guide")
    ada.wander()
    ada.button("How to care for it")
    ada.button("Close the guide")
    ada.button("Add to cart")
    ada.sees("1 × Tall mug")


def write_a_review(ada: Person) -> None:
    """Forgets the stars, gives three, then four."""
    ada.link("Mountain tea")
    ada.field("Your review", "Better on the second day.", typo="Bettre")
    ada.button("Send the review")
    ada.sees("Please give some stars first")
    ada.button("3 stars")
    ada.button("4 stars")
    ada.button("Send the review")
    ada.sees("Thank you for 4 stars")


def subscribe(bob: Person) -> None:
    """Subscribes with half an address, then with the whole of it."""
    bob.wander()
    bob.type(bob.page.get_by_role("textbox", name="Newsletter"), "bob")
    bob.press("Enter")
    bob.sees("This is no e-mail address")
    bob.type(bob.page.get_by_role("textbox", name="Newsletter"), "@acme.example")
    bob.button("Subscribe")
    bob.sees("You are on the list")


def track_an_order(cora: Person) -> None:
    """Types the code without its letters first."""
    cora.link("Track an order")
    cora.field("Order code", "51")
    cora.button("Where is it?")
    cora.sees("An order code begins with KC")
    cora.field("Order code", "KC-51")
    cora.button("Where is it?")
    cora.sees("It is on its way")


def _sign_in(alice: Person) -> None:
    alice.link("Sign in")
    alice.field("E-mail", "alice@acme.example")
    alice.field("Password", "correct horse")
    alice.press("Enter")
    alice.sees("Welcome back")


def sign_in(alice: Person) -> None:
    """Gets the password wrong first, signs in, signs out again, and makes sure that she is out."""
    alice.link("Sign in")
    alice.field("E-mail", "alice@acme.example")
    alice.field("Password", "correct hose")
    alice.button("Sign in")
    alice.sees("This is not the password")
    alice.field("Password", "correct horse")
    alice.press("Enter")
    alice.sees("Welcome back")
    alice.button("Sign out")
    alice.sees("You are signed out")
    alice.link("Sign in")


def report_a_damage(alice: Person) -> None:
    """Sends the report without a reason, and has to attach the photo again."""
    _sign_in(alice)
    alice.link("Report a damage")
    alice.button("Send the report")
    alice.sees("Please say what happened")
    alice.choose("What happened", "It came")
    alice.attach("A photo of it", FIXTURES / "file.png")
    alice.button("Send the report")
    alice.sees("Thank you. We have your report")


def leave_a_note(alice: Person) -> None:
    """Writes to the courier where the note stands."""
    _sign_in(alice)
    alice.type(alice.page.get_by_label("Note to the courier"), "Ring twice, please", typo="Rign")
    alice.button("Save the note")
    alice.sees("Your note was saved")


def choose_mail(alice: Person) -> None:
    """Cannot decide how often."""
    _sign_in(alice)
    alice.click(alice.page.get_by_label("Once a week"))
    alice.click(alice.page.get_by_label("Once a month"))
    alice.button("Save the choice")
    alice.sees("We write: once a month")


def keep_an_address(alice: Person) -> None:
    """Is asked whether an address shall go, and keeps it."""
    _sign_in(alice)
    alice.dialogs = [False]
    alice.button("Delete 3 Quay Street, Cork")
    alice.wander()
    alice.click(alice.page.get_by_label("Once a month"))
    alice.button("Save the choice")
    alice.sees("We write: once a month")


def delete_an_address(alice: Person) -> None:
    """Is asked whether an address shall go, and says yes."""
    _sign_in(alice)
    alice.dialogs = [True]
    alice.button("Delete 3 Quay Street, Cork")
    alice.sees("Deleted: 3 Quay Street")


def read_the_terms(ada: Person) -> None:
    """Reads the terms in their own window, and goes on where she was."""
    with ada.page.expect_popup() as opened:
        ada.link("Terms of sale")
    opened.value.get_by_role("heading", name="Terms of sale").wait_for()
    opened.value.close()
    ada.link("Round teapot")
    ada.sees("Pours without a drop")


def shop_on_a_phone(cora: Person) -> None:
    """Finds the shelves behind the menu button of a small screen."""
    cora.button("Menu")
    cora.link("All products")
    cora.click(cora.page.get_by_label("Tea", exact=True))
    cora.sees("3 products")
    cora.link("Smoky tea")
    cora.button("Add to cart")
    cora.sees("1 × Smoky tea")
    cora.button("Menu")
    cora.click(cora.page.get_by_role("link", name="Cart"))


_INPUTS = {
    "SEARCH_THE_SHOP": "tall mug",
    "COLOUR": "Green",
    "QUANTITY": "2",
    "FULL_NAME": "Alice Example",
    "E_MAIL": "alice@acme.example",
    "CITY": "Galway",
    "COUNTRY": "Ireland",
    "STREET_AND_NUMBER": "12 Mill Lane",
    "DELIVERY_DAY": "2031-05-14",
    "WORDS_ON_THE_GIFT_CARD": "For the tea you never finish.",
}
# Where the labels are masked too, a field is called what the page's author calls it.
_ALL = {
    "VALUE": "tall mug",
    "COLOUR": "Green",
    "QUANTITY": "2",
    "NAME": "Alice Example",
    "EMAIL": "alice@acme.example",
    "CITY": "Galway",
    "COUNTRY": "Ireland",
    "STREET": "12 Mill Lane",
    "DAY": "2031-05-14",
    "WORDS": "For the tea you never finish.",
    "NUMBER": _CARD["CARD_NUMBER"],
    "UNTIL": _CARD["VALID_UNTIL"],
}
_TRIED = {"PASSWORD_TRY_1": "correct hose"}

FLOWS: dict[str, Flow] = {
    "buy-by-courier": Flow(buy_by_courier, _CARD, masks={"inputs": _INPUTS, "all": _ALL}),
    "buy-and-pick-up": Flow(buy_and_pick_up, _CARD),
    "change-quantities": Flow(change_quantities),
    "redeem-a-voucher": Flow(redeem_a_voucher),
    "empty-the-cart": Flow(empty_the_cart),
    "filter-the-shelf": Flow(filter_the_shelf),
    "browse-and-go-back": Flow(browse_and_go_back),
    "search-and-correct": Flow(search_and_correct),
    "read-the-care-guide": Flow(read_the_care_guide),
    "write-a-review": Flow(write_a_review),
    "subscribe": Flow(subscribe),
    "track-an-order": Flow(track_an_order),
    "sign-in": Flow(
        sign_in,
        {**_PASSWORD, **_TRIED},
        masks={"inputs": {"E_MAIL": "alice@acme.example"}, "all": {"EMAIL": "alice@acme.example"}},
    ),
    "report-a-damage": Flow(report_a_damage, _PASSWORD),
    "leave-a-note": Flow(leave_a_note, _PASSWORD),
    "choose-mail": Flow(choose_mail, _PASSWORD),
    "keep-an-address": Flow(keep_an_address, _PASSWORD),
    "delete-an-address": Flow(delete_an_address, _PASSWORD),
    "read-the-terms": Flow(read_the_terms),
    "shop-on-a-phone": Flow(shop_on_a_phone, screen=(390, 780)),
}

# As PostHog masks (every input), and as Sentry does (every text, and the attributes that are read aloud).
MASKS: dict[str, dict[str, Any]] = {
    "inputs": {"maskAllInputs": True},
    "all": {"maskAllInputs": True, "maskTextSelector": "*"},
}


def names() -> dict[str, tuple[Flow, str]]:
    """Every recording by its name: a flow, and the mask it is recorded under."""
    found: dict[str, tuple[Flow, str]] = {}
    for name, flow in FLOWS.items():
        found[name] = (flow, "")
        for mask in flow.masks:
            found[f"{name}-{mask}-masked"] = (flow, mask)
    return found
