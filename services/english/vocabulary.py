"""Word lists by which sentences about a difference are read."""


def words(text: str) -> frozenset[str]:
    """A set of words."""
    return frozenset(text.split())


def terms(text: str) -> tuple[str, ...]:
    """Terms of one or more words, separated by commas, in order."""
    return tuple(term.strip() for term in text.split(","))


ARTICLES = words("a an")
DETERMINERS = ARTICLES | words(
    "the this that these those its his her their our my your some any another each every no which whose both all other "
    "neither"
)
PRONOUNS = words(
    "it he she they we you i who which that there here something someone somebody anything nothing everything them him "
    "itself themselves"
)
AUXILIARIES = words(
    "is are was were be been being am has have had having do does did will would can could may might must shall should "
    "isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't can't cannot won't"
)
COPULAS = words("is are was were be been being became become becomes turned turns appears looks seems now")
PREPOSITIONS = words(
    "on in at near by beside besides behind under underneath beneath above over below against between around along "
    "across inside outside onto into upon within to from of with without off out up down for about through toward "
    "towards among amid beyond past next"
)
OTHER_FUNCTION = words(
    "and or but nor so than as if then not n't neither either while whereas although though because since until when "
    "where after before during also just only still yet again instead rather quite very more most less least much too "
    "now previously originally initially formerly currently afterwards there's it's longer same different 's how what "
    "slightly completely entirely clearly possibly likely perhaps maybe probably seemingly apparently almost even ever "
    "together apart away back compared nearby"
)
FUNCTION = DETERMINERS | PRONOUNS | AUXILIARIES | PREPOSITIONS | OTHER_FUNCTION

# Nouns that name pictures or parts of them, and no things in them.
FRAMES = words(
    "image images picture pictures photo photos photograph photographs snapshot shot frame frames panel scene scenes "
    "side sides corner corners background foreground colour colours color colors box boxes object objects thing things "
    "difference differences change changes place places position positions location area region spot section zone "
    "portion part parts part center centre middle top bottom left right edge edges end ends front back view version "
    "item items element elements detail details content contents group pair couple number bunch lot set series row "
    "addition removal replacement absence presence appearance disappearance modification alteration setting "
    "environment surroundings border surface space gap angle perspective shape size pattern shade tone hue tint type "
    "kind sort form way state remains example someone subject scenery half quarter third composition figure texture "
    "design style print job paint stack pile handle handles lid rim base stem "
    "time day night order amount lot lighting reflection presence rest one ones same other others difference case "
    # parts of a body, which no network detects
    "head heads hand hands arm arms leg legs face faces hair eye eyes foot feet body tail paw paws neck "
    "shoulder shoulders lap fur"
)
VERBS = words(
    "shows show showing shown depicts depict contains contain includes include features feature displays display has "
    "holds sits stands rests lies looks appears appear appeared covers fills turns turned moves moved moving changes "
    "changed changing remains stays plays runs walks wears hangs leans points reads replaces replace replaced "
    "replacing takes took taken uses lacks lack lacking gains becomes become became removed removes remove removing "
    "added adds add adding introduced introduces inserted placed places put deleted erased disappeared disappears "
    "vanished vanishes gone missing shifted shifts relocated repositioned swapped substituted exchanged transformed "
    "converted switched occupies occupy filled remain recoloured recolored painted repainted seen see sees located "
    "situated positioned seated "
    "standing sitting lying wearing holding facing hanging leaning parked leaving leaves left revealing exposing "
    "cut flies eat eats graze grazes sleeps perched docked "
    "resting walking riding carrying looking used visible present went goes gave got"
)
NOT_NOUNS = FUNCTION | words(
    "new old big small large first second third last few several many multiple one two three four five six seven "
    "eight nine ten eleven twelve single double upper lower original extra additional empty open clear dark light "
    "bright pale deep main whole entire ha i doe am can will may must put see still here there short long round "
    "narrow plain young elderly close white black central former latter previous later earlier edited modified "
    "updated being having down"
) - {"light", "can", "open"}

MORE_PLURALS = {
    "women": "woman",
    "people": "person",
    "policemen": "policeman",
    "folks": "person",
    "men": "man",
    "cows": "cow",
    "geese": "goose",
    "mice": "mouse",
}

THINGS_IN_ING = words(
    "awning building carving ceiling clothing covering crossing drawing dressing earring frosting icing king lightning "
    "opening painting railing ring sibling sling spring stocking string topping wedding wing wiring"
)

PARTICIPLES = words("parked seated standing sitting lying resting used hanging leaning missing left painted")

NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
AT_LEAST_TWO = words("several many multiple numerous")
# Plurals that name one thing.
ONE_IN_PLURAL = words("glasses sunglasses scissors pants jeans trousers shorts shoes skis binoculars goggles")

# Materials: the last of all adjectives before a noun.
MATERIALS = words(
    "wooden wood metal plastic stone brick glass paper leather gold silver concrete steel iron straw wool cotton denim "
    "marble wicker"
)
# Verb forms by the number of their subject.
TO_MANY = {"is": "are", "was": "were", "has": "have"}
TO_ONE = {many: one for one, many in TO_MANY.items()}

PLACES = {
    "left": "left",
    "right": "right",
    "top": "top",
    "bottom": "bottom",
    "upper": "top",
    "lower": "bottom",
    "centre": "centre",
    "center": "centre",
    "middle": "centre",
    "central": "centre",
    "corner": "corner",
    "leftmost": "left",
    "rightmost": "right",
    "uppermost": "top",
    "lefthand": "left",
    "righthand": "right",
}

# Words before "image" that say which of the two is meant.
FIRST = words("first left before original earlier initial old previous former prior source reference 1st 1 a")
SECOND = words("second right after modified edited later final new updated altered latter changed current 2nd 2 b")
PICTURES = words("image picture photo photograph frame scene shot version panel snapshot img")
PICTURES_PLURAL = words("images pictures photos photographs frames scenes shots versions panels snapshots")
THEN = words("previously originally initially formerly")
NOW = words("now currently afterwards")
