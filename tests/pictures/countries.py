"""Which forms of digits the schools of which country teach, and what becomes of them later.

The names are those of `forms.yaml`. Countries differ within themselves, and forms are not bound to
one: a country's list holds what is common there, not all that is written.
"""

Forms = dict[int, tuple[str, ...]]
"""Of each digit the forms that are written."""

ANY: Forms = {
    0: ("oval", "narrow, begun at the right"),
    3: ("round", "flat top"),
    8: ("one stroke", "two rings"),
}
UPSTROKE = ("upstroke, half", "upstroke, three quarters", "upstroke, full", "upstroke, bent")
CURVED_SIX = ("curved", "straight stem")
_COUNTRIES: dict[str, Forms] = {
    "France": {
        1: UPSTROKE,
        2: ("angle at the foot", "loop at the foot"),
        4: ("open",),
        5: ("roof last", "one stroke"),
        6: CURVED_SIX,
        7: ("crossed", "crossed, serif"),
        9: ("straight tail", "curled tail"),
    },
    "Germany": {
        1: ("upstroke, half", "upstroke, three quarters", "upstroke, bent"),
        2: ("angle at the foot", "wave at the foot"),
        4: ("open",),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("crossed",),
        9: ("curled tail", "straight tail"),
    },
    "Austria": {
        1: ("upstroke, half", "upstroke, three quarters", "upstroke and foot"),
        2: ("wave at the foot", "loop at the foot"),
        4: ("open",),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("crossed", "crossed, wavy roof"),
        9: ("curled tail",),
    },
    "Switzerland": {
        1: ("upstroke, half", "upstroke, bent"),
        2: ("angle at the foot", "wave at the foot"),
        4: ("open", "closed"),
        5: ("roof last", "one stroke"),
        6: CURVED_SIX,
        7: ("plain", "crossed"),
        9: ("straight tail", "slanting tail"),
    },
    "Italy": {
        1: ("short flag", "upstroke, half", "flag and foot"),
        2: ("angle at the foot", "loop at the foot"),
        4: ("open", "closed"),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("crossed", "plain"),
        9: ("curled tail", "straight tail"),
    },
    "Spain": {
        1: ("upstroke, half", "upstroke, bent", "short flag"),
        2: ("angle at the foot", "wave at the foot"),
        4: ("open", "closed"),
        5: ("roof last", "one stroke"),
        6: CURVED_SIX,
        7: ("crossed", "crossed, serif"),
        9: ("straight tail", "slanting tail"),
    },
    "Poland": {
        1: ("upstroke, half", "upstroke, three quarters", "upstroke, full"),
        2: ("wave at the foot", "loop at the foot"),
        4: ("open",),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("crossed", "crossed, wavy roof", "crossed, serif"),
        9: ("curled tail",),
    },
    "Russia": {
        1: ("upstroke, half", "upstroke, bent"),
        2: ("loop at the foot", "wave at the foot"),
        4: ("open",),
        5: ("wavy roof", "roof last"),
        6: ("curl at the top", "curved"),
        7: ("crossed, wavy roof", "wavy roof"),
        9: ("curled tail",),
    },
    "Turkey": {
        1: ("upstroke, half", "short flag"),
        2: ("angle at the foot", "wave at the foot"),
        4: ("open",),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("crossed", "plain"),
        9: ("straight tail", "curled tail"),
    },
    "United Kingdom": {
        1: ("line", "flag and foot", "short flag"),
        2: ("angle at the foot", "loop at the foot"),
        4: ("open", "closed"),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("plain", "plain, curved stem"),
        9: ("straight tail", "slanting tail"),
    },
    "United States": {
        1: ("line", "short flag", "flag and foot"),
        2: ("angle at the foot", "loop at the foot"),
        4: ("open, upright", "open", "closed"),
        5: ("roof last", "one stroke"),
        6: CURVED_SIX,
        7: ("plain", "plain, curved stem"),
        9: ("straight tail", "slanting tail"),
    },
    "India": {
        1: ("line", "short flag", "flag and foot"),
        2: ("angle at the foot", "loop at the foot"),
        4: ("open", "open, upright"),
        5: ("roof last", "one stroke"),
        6: CURVED_SIX,
        7: ("plain", "serif"),
        9: ("curled tail", "slanting tail"),
    },
    "Japan": {
        1: ("line",),
        2: ("angle at the foot",),
        4: ("open, upright", "open"),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("hook at the left", "serif"),
        9: ("straight tail", "slanting tail"),
    },
    "China": {
        1: ("line",),
        2: ("angle at the foot", "wave at the foot"),
        4: ("open, upright", "open"),
        5: ("roof last",),
        6: CURVED_SIX,
        7: ("plain", "plain, curved stem", "serif"),
        9: ("slanting tail", "curled tail"),
    },
}
COUNTRIES: dict[str, Forms] = {name: ANY | forms for name, forms in _COUNTRIES.items()}
