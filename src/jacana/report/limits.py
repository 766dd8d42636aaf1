"""Documented length limits of CyberTipline elements (reference sections 2 and 3), as data. Pure."""

LENGTHS: dict[str, int] = {
    "platform": 256,
    "escalateToHighPriority": 3000,
    "incidentDateTimeDescription": 3000,
    "url": 2083,
    "name": 255,
    "chatClient": 255,
    "chatRoomName": 255,
    "gameName": 255,
    "console": 255,
    "locationName": 255,
    "client": 255,
    "agencyName": 255,
    "caseNumber": 100,
    "legalURL": 2083,
    "vehicleDescription": 300,
    "espIdentifier": 255,
    "espService": 100,
    "screenName": 256,
    "displayName": 255,
    "profileUrl": 2083,
    "schoolName": 255,
    "groupIdentifier": 255,
    "firstName": 100,
    "lastName": 100,
    "phone": 50,
    "phoneNumber": 50,
    "email": 255,
    "emailAddress": 255,
    "address": 255,
    "city": 100,
    "zipCode": 20,
    "nonUsaState": 100,
    "idType": 255,
    "idValue": 2083,
    "region": 255,
    "originalFileName": 2056,
    "locationOfFile": 2083,
}
"""Longest text of an element, in characters."""

LENGTHS_IN: dict[tuple[str, str], int] = {
    ("estimatedLocation", "city"): 255,
    ("nameValuePair", "name"): 64,
    ("associatedAccount", "firstName"): 256,
    ("associatedAccount", "middleName"): 256,
    ("associatedAccount", "lastName"): 256,
    ("associatedAccount", "espService"): 256,
    ("associatedAccount", "espIdentifier"): 256,
    ("associatedAccount", "groupIdentifier"): 256,
}
"""Limits that differ inside a certain parent."""

ATTRIBUTE_LENGTHS: dict[str, int] = {"extension": 10, "hashType": 64}


def limit_of(parent: str, name: str) -> int | None:
    """Return the longest text allowed in `name` inside `parent`, or None if no limit is documented."""
    return LENGTHS_IN.get((parent, name), LENGTHS.get(name))
