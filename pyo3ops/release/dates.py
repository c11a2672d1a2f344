"""Dates in headings of change logs, in the few forms that people write them."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NAMED = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
_FORMS = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{4}/\d{2}/\d{2}",
    r"\d{4}\.\d{2}\.\d{2}",
    r"\d{1,2}\.\d{1,2}\.\d{4}",
    rf"(?:{_NAMED})\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}",
    rf"\d{{1,2}} (?:{_NAMED})\.?,? \d{{4}}",
)
_DATE = re.compile("|".join(rf"(?<![\d.]){form}(?![\d.])" for form in _FORMS))


def date_in(heading: str) -> str:
    """The date of a heading, as it stands there; empty without one."""
    match = _DATE.search(heading)
    return match[0] if match else ""


def like(said: str, date: str) -> str:
    """A date, given as YYYY-MM-DD, in the form that another one has."""
    day = dt.date(*map(int, date.split("-")))
    for sign in "-/.":
        if re.fullmatch(rf"\d{{4}}\{sign}\d{{2}}\{sign}\d{{2}}", said):
            return date.replace("-", sign)
    if re.fullmatch(r"[\d.]+", said):
        return f"{day.day:02}.{day.month:02}.{day.year}"
    month = _MONTHS[day.month - 1]
    word = re.search(_NAMED, said)
    if word and len(word[0]) <= 3:  # noqa: PLR2004 - as May is both
        month = month[:3] if word[0] != "May" else month
    comma = "," if "," in said else ""
    if said[:1].isdigit():
        return f"{day.day} {month}{comma} {day.year}"
    return f"{month} {day.day}{comma} {day.year}"
