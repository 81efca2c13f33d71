"""The English words by which a sentence about a difference is read."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = _words("a an")
DETERMINERS = ARTICLES | _words(
    "the this that these those its his her their our my your some any another each every no which whose both all other"
)
PRONOUNS = _words(
    "it he she they we you i who which that there here something someone somebody anything nothing everything them him "
    "itself themselves"
)
AUXILIARIES = _words(
    "is are was were be been being am has have had having do does did will would can could may might must shall should "
    "isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't can't cannot won't"
)
COPULAS = _words("is are was were be been being became become becomes turned turns appears looks seems now")
PREPOSITIONS = _words(
    "on in at near by beside besides behind under underneath beneath above over below against between around along "
    "across inside outside onto into upon within to from of with without off out up down for about through toward "
    "towards among amid beyond past next"
)
OTHER_FUNCTION = _words(
    "and or but nor so than as if then not n't neither either while whereas although though because since until when "
    "where after before during also just only still yet again instead rather quite very more most less least much too "
    "now previously originally initially formerly currently afterwards there's it's longer same different 's how what "
    "slightly completely entirely clearly possibly likely perhaps maybe probably seemingly apparently almost even ever "
    "together apart away back compared"
)
FUNCTION = DETERMINERS | PRONOUNS | AUXILIARIES | PREPOSITIONS | OTHER_FUNCTION

# Nouns that speak of the pictures and not of what they show.
FRAMES = _words(
    "image images picture pictures photo photos photograph photographs snapshot shot frame frames panel scene scenes "
    "side sides corner corners background foreground colour colours color colors box boxes object objects thing things "
    "difference differences change changes place places position positions location area region spot section zone "
    "portion part parts part center centre middle top bottom left right edge edges end ends front back view version "
    "item items element elements detail details content contents group pair couple number bunch lot set series row "
    "addition removal replacement absence presence appearance disappearance modification alteration setting "
    "environment surroundings border surface space gap angle perspective shape size pattern shade tone hue tint type "
    "kind sort form way state hand remains example someone subject scenery half quarter third composition figure "
    "texture design style print"
)
VERBS = _words(
    "shows show showing shown depicts depict contains contain includes include features feature displays display has "
    "holds sits stands rests lies looks appears appear appeared covers fills turns turned moves moved moving changes "
    "changed changing remains stays plays runs walks wears hangs leans points reads replaces replace replaced "
    "replacing takes took taken uses lacks lack lacking gains becomes become became removed removes remove removing "
    "added adds add adding introduced introduces inserted placed places put deleted erased disappeared disappears "
    "vanished vanishes gone missing shifted shifts relocated repositioned swapped substituted exchanged transformed "
    "converted switched recoloured recolored painted repainted seen see sees located situated positioned seated "
    "standing sitting lying wearing holding facing hanging leaning parked leaving leaves left revealing exposing "
    "resting walking riding carrying looking used visible present went goes gave got"
)
NOT_NOUNS = FUNCTION | _words(
    "new old big small large first second third last few several many multiple one two three four five six seven "
    "eight nine ten eleven twelve single double upper lower original extra additional empty open clear dark light "
    "bright pale deep main whole entire ha i doe am can will may must put see still here there short long round "
    "narrow plain young elderly close white black central former latter previous later earlier edited modified "
    "updated being having down"
) - {"light", "can", "open"}

MORE_PLURALS = {"women": "woman", "people": "person", "policemen": "policeman", "folks": "person"}

# Basic colour terms, and others with the basic ones that they may be called.
BASIC = _words("black white grey red orange yellow green blue purple pink brown")
_OTHER_COLOURS = {
    "gray": "grey", "silver": "grey white", "silvery": "grey white", "golden": "yellow orange brown",
    "gold": "yellow orange brown", "beige": "brown white yellow orange grey", "tan": "brown orange yellow",
    "cream": "white yellow", "ivory": "white yellow", "teal": "green blue", "turquoise": "blue green",
    "cyan": "blue green", "aqua": "blue green", "navy": "blue black", "violet": "purple", "lavender": "purple pink",
    "lilac": "purple pink", "magenta": "pink purple red", "maroon": "red brown", "burgundy": "red brown purple",
    "crimson": "red", "scarlet": "red", "khaki": "brown yellow green", "charcoal": "black grey",
    "blonde": "yellow brown orange", "blond": "yellow brown orange", "reddish": "red orange brown pink",
    "brownish": "brown orange", "greenish": "green yellow", "bluish": "blue grey", "yellowish": "yellow orange",
    "greyish": "grey white black", "grayish": "grey white black", "pinkish": "pink red", "purplish": "purple pink",
}  # fmt: skip
COLOURS = {name: frozenset({name}) for name in BASIC} | {name: _words(ok) for name, ok in _OTHER_COLOURS.items()}
# Colours that are also nouns: colours only where an adjective can stand.
ALSO_NOUNS = _words("orange gold silver violet tan cream ivory lavender lilac charcoal navy blonde blond burgundy")
SHADES = _words("dark light bright pale deep vivid dull pastel neon")

NUMBERS = {
    word: count
    for count, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
AT_LEAST_TWO = _words("several many multiple numerous")
# Nouns whose plural is one thing.
ONE_IN_PLURAL = _words("glasses sunglasses scissors pants jeans trousers shorts shoes skis binoculars goggles")

PLACES = {
    "left": "left", "right": "right", "top": "top", "bottom": "bottom", "upper": "top", "lower": "bottom",
    "centre": "centre", "center": "centre", "middle": "centre", "central": "centre", "corner": "corner",
    "leftmost": "left", "rightmost": "right", "uppermost": "top", "lefthand": "left", "righthand": "right",
}  # fmt: skip
PLACE_FILLERS = _words("side hand part half edge portion area section region most third quarter end zone and of the far")

# Words before "image": which of the two is meant.
FIRST = _words("first left before original earlier initial old previous former prior source reference 1st 1 a")
SECOND = _words("second right after modified edited later final new updated altered latter changed current 2nd 2 b")
PICTURES = _words("image picture photo photograph frame scene shot version panel snapshot img")
PICTURES_PLURAL = _words("images pictures photos photographs frames scenes shots versions panels snapshots")
THEN = _words("previously originally initially formerly")
NOW = _words("now currently afterwards")
