"""MultiTEL's return codes of a purchase: what each means for a batch, who acts on it and what to do.

Success is no code but the number itself, so the positive 99 and 100 are errors. Sources: the provider's documents of
January 2015; its own published PHP client (2014, 2016); and, marked as not confirmed, the observation that each known
negative code is 55 times the code of DIDX's BuyDID, a sister API. Only BuyNumbers answers with these: the provider's other
functions number their errors otherwise.
"""

from __future__ import annotations

from batch.codes import Actor, CodeKind, CodeTable, ReturnCode

_DOCUMENTS = "the provider's documents of January 2015"
_CLIENT = "the provider's published PHP client"
_BOTH = f"{_DOCUMENTS}; {_CLIENT}"
_SISTER = "assumed: 55 times the code of a sister API"

CODES = CodeTable(
    (
        ReturnCode(
            code=99,
            kind=CodeKind.ACCOUNT,
            meaning="Not enough balance, or the account may not buy",
            actor=Actor.FINANCE,
            todo="Top up the account and run the same command again. If there is money enough, ask the provider whether "
            "this login is allowed to buy.",
            source=_BOTH,
        ),
        ReturnCode(
            code=100,
            kind=CodeKind.ACCOUNT,
            meaning="Not authenticated",
            actor=Actor.OPERATOR,
            todo="Check user name and password (`numbatch init` tries them), then run the same command again.",
            source=_DOCUMENTS,
        ),
        ReturnCode(
            code=-55,
            kind=CodeKind.ACCOUNT,
            meaning="No such user",
            actor=Actor.OPERATOR,
            todo="Check the user name (`numbatch init` tries it), then run the same command again.",
            source=_CLIENT,
        ),
        ReturnCode(
            code=-110,
            kind=CodeKind.ACCOUNT,
            meaning="Wrong password",
            actor=Actor.OPERATOR,
            todo="Check the password (`numbatch init` tries it), then run the same command again.",
            source=_CLIENT,
        ),
        ReturnCode(
            code=-165,
            kind=CodeKind.SOLD,
            meaning="Already sold, perhaps to this account",
            actor=Actor.OPERATOR,
            todo="The account does not show it: it is sold to somebody else, or held by a sub-account that this login "
            "cannot see. Look there, else order another number.",
            source=_DOCUMENTS,
        ),
        ReturnCode(
            code=-220,
            kind=CodeKind.RESERVED,
            meaning="Reserved for a while, for instance just released",
            actor=Actor.ITSELF,
            todo="Nothing: it is tried again every minute or so, and by the next run.",
            source=_DOCUMENTS,
        ),
        ReturnCode(
            code=-275,
            kind=CodeKind.FINAL,
            meaning="No longer in the inventory",
            actor=Actor.OPERATOR,
            todo="Order another number that the provider has in stock.",
            source=_DOCUMENTS,
            gone=True,
        ),
        ReturnCode(
            code=-330,
            kind=CodeKind.FINAL,
            meaning="No such country code",
            actor=Actor.OPERATOR,
            todo="Check the number's country code; the provider may not sell numbers of this country.",
            source=_CLIENT,
        ),
        ReturnCode(
            code=-1100,
            kind=CodeKind.ACCOUNT,
            meaning="Account not active (unconfirmed)",
            actor=Actor.PROVIDER,
            todo="Ask the provider to activate the account, then run the same command again.",
            source=_SISTER,
            confirmed=False,
        ),
        ReturnCode(
            code=-1210,
            kind=CodeKind.FINAL,
            meaning="Number not cleared; perhaps dues are open on the account",
            actor=Actor.FINANCE,
            todo="Look for open dues on the account and pay them, or ask the provider; then run again with "
            "--retry-refused.",
            source=_DOCUMENTS,
        ),
        ReturnCode(
            code=-1265,
            kind=CodeKind.FINAL,
            meaning="Documents are required (proof of address, identity)",
            actor=Actor.LEGAL,
            todo="Hand the documents in with the provider; once they are accepted, run again with --retry-refused.",
            source=_DOCUMENTS,
        ),
        ReturnCode(
            code=-1320,
            kind=CodeKind.FINAL,
            meaning="Reserved for another customer (unconfirmed)",
            actor=Actor.OPERATOR,
            todo="Order another number that the provider has in stock.",
            source=_SISTER,
            confirmed=False,
        ),
        ReturnCode(
            code=-1650,
            kind=CodeKind.ACCOUNT,
            meaning="Wrong type of account (unconfirmed)",
            actor=Actor.PROVIDER,
            todo="Ask the provider what type of account may buy numbers, then run the same command again.",
            source=_SISTER,
            confirmed=False,
        ),
        ReturnCode(
            code=-1705,
            kind=CodeKind.FINAL,
            meaning="The account's rating is too low for this number (unconfirmed)",
            actor=Actor.PROVIDER,
            todo="Ask the provider about the account's rating, or order another number.",
            source=_SISTER,
            confirmed=False,
        ),
    )
)
"""Every code that MultiTEL is known, or taken, to answer a purchase with."""

LOGIN_REFUSED = frozenset({100, -55, -110})
"""The codes by which any function of the provider refuses the login itself."""
